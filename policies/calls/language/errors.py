"""What is wrong in a policy, schema or case file, and where."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from policies.calls.errors import GovernanceError


class PolicyError(GovernanceError):
    """A policy, schema or case that cannot be used; as text, `path:line:column: message`.

    `path` is the file, `line` and `column` count from 1 and are None where the place is not known.
    """

    bad_input: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        path: Path,
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """The place, then what is wrong there."""
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return f"{place}: {self.message}"
