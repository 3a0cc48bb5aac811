"""Secrets Manager secrets with generated values, and their resource policies."""
