"""Lambda functions: their code archives, and what surrounds them."""
