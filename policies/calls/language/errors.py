"""What can be wrong with a set of policies, said with its place."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class PolicyError(Exception):
    """A policy or schema that can not be used.

    `path` is the file, `line` and `column` count from 1 and are None where the place is not known.
    `message` is lowercase and without a full stop, `hint` says what to do next.
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
        """Build the text `path:line:column: message` and keep every part of it."""
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}")
        self.path = path
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
