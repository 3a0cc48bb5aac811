"""From a question to an answer: the part that the decide function runs."""
