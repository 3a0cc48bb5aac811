"""Why something cannot be proved."""

from __future__ import annotations


class NotUnderstoodError(Exception):
    """A condition or schema has a shape that is not put to the solver; the message says which."""
