"""Secrets Manager secrets with values that nobody has to think up, and who may read them."""
