"""How AWS decides whether somebody may do something: IAM's evaluation of policies, as pure functions."""
