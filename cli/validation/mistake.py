"""A mistake in a project's files, and what could not be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cli.errors import Explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Something wrong. `path`, `line` and `column` (from 1) are None where there is no place to name."""

    message: str
    hint: str = ""
    path: Path | None = None
    line: int | None = None
    column: int | None = None

    @classmethod
    def of(cls, error: Explained, path: Path | None = None) -> Mistake:
        """What an error tells; `path` where it names no file itself."""
        return cls(
            message=error.message,
            hint=error.hint,
            path=getattr(error, "path", None) or path,
            line=getattr(error, "line", None),
            column=getattr(error, "column", None),
        )

    @property
    def place(self) -> tuple[str, int, int]:
        """The order in which mistakes are told."""
        return str(self.path or ""), self.line or 0, self.column or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """Something that nobody can say of whether it is right, and why not."""

    subject: str
    reason: str
