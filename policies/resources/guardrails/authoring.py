"""What rules of a project's own are made with; their file is given this module, and imports nothing of it."""

from __future__ import annotations

from ..findings.severity import Severity
from .iam_policies import policies_of
from .openings import is_world, openings
from .rule import Guardrail, Reach
from .subject import Attributes, NotConcernedError, NotKnownError, Subject

__all__ = [
    "Attributes",
    "Guardrail",
    "NotConcernedError",
    "NotKnownError",
    "Reach",
    "Severity",
    "Subject",
    "is_world",
    "openings",
    "policies_of",
]
