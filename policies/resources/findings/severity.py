"""How much a failed check matters."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """From what a person may leave for later to what lets strangers in."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Its place from 0 on; a higher one matters more."""
        return list(Severity).index(self)
