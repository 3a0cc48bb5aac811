"""What can be wrong with a document that a graph is read from, said with its place."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class GraphError(Exception):
    """A document that no graph can be read from.

    `path` is the file and `line` counts from 1, None where the whole file is meant. `message` is lowercase
    and without a full stop, `hint` says what to do next.
    """

    bad_input: ClassVar[bool] = True

    def __init__(self, message: str, *, path: Path, line: int | None = None, hint: str = "") -> None:
        """Build the text `path:line: message` and keep every part of it."""
        place = ":".join(str(part) for part in (path, line) if part is not None)
        super().__init__(f"{place}: {message}")
        self.path = path
        self.line = line
        self.message = message
        self.hint = hint


class UnreadableError(GraphError):
    """A file that is not there, may not be read, or is not text."""


class NotJsonError(GraphError):
    """A file that is not JSON, or ends in the middle of it."""


class NotAGraphError(GraphError):
    """JSON of another kind than the one that was asked for."""


class ProgramFailedError(GraphError):
    """A preview of a program that ended with an error before it declared anything to judge."""
