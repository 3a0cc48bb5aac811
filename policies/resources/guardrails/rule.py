"""A rule as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from ..findings.severity import Severity
from .subject import Subject


class Reach(StrEnum):
    """Whose resources a rule speaks of."""

    ANYBODY = "anybody"
    """A fact about AWS: it holds for every program."""
    PLATFORM = "platform"
    """A convention of this platform: it holds where its components are used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """What must hold for resources of some types.

    `id` is what suppressions name, `name` is the policy's name in the Pulumi pack, `kinds` are Terraform
    types or patterns of them. `judge` gives back what is wrong or None, and raises NotKnownError.
    """

    id: str
    name: str
    title: str
    hint: str
    reach: Reach
    kinds: tuple[str, ...]
    judge: Callable[[Subject], str | None]
    severity: Severity = Severity.MEDIUM

    def speaks_of(self, kind: str) -> bool:
        """Whether the rule has anything to say about a Terraform type."""
        return any(fnmatchcase(kind, pattern) for pattern in self.kinds)
