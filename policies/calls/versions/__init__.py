"""A policy version as immutable documents: cut, revised and read."""
