"""What can be wrong with the files that a check reads beside its graphs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class FindingsError(Exception):
    """A file that cannot be used.

    `message` is lowercase and without a full stop, `hint` says what to do next.
    """

    bad_input: ClassVar[bool] = True

    def __init__(self, message: str, *, path: Path, hint: str = "") -> None:
        """Keep every part of the message."""
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message
        self.hint = hint


class BaselineError(FindingsError):
    """A baseline that is missing or not one."""


class OutputError(FindingsError):
    """A report that cannot be written where it was asked for."""
