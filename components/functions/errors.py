"""Errors of packing the code of a function."""

from __future__ import annotations

from pathlib import Path

from components.errors import ComponentError


class ArchiveError(ComponentError):
    """The archive of a function cannot be built; `path` is the file or folder it is about."""

    def __init__(self, message: str, *, path: Path, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.path = path

    def __str__(self) -> str:
        """The message with its place in front."""
        return f"{self.path}: {self.message}"
