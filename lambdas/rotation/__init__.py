"""Rotates secrets: the function that AWS Secrets Manager calls, four steps for each rotation."""
