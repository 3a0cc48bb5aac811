"""Rotates secrets and keys on demand, and proves that every consumer has the new version."""
