"""Admits calls by their grants: what governance signed, checked without asking anybody. docs/wire.md."""
