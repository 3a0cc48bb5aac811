"""Errors of service declarations."""

from __future__ import annotations

from pathlib import Path

from components.errors import ComponentError


class DeclarationError(ComponentError):
    """A declaration that cannot be honoured; `line` counts from 1 and is None when no line is to blame."""

    bad_input = True

    def __init__(self, message: str, *, path: Path, line: int | None, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line

    @property
    def location(self) -> str:
        """`path:line`, or the path alone."""
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        """The message with its place in front."""
        return f"{self.location}: {self.message}"


class UnknownServiceError(ComponentError):
    """There is no declared service of this name."""

    bad_input = True

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no service `{name}`", hint=f"declared are {', '.join(known)}")
        self.name = name
        self.known = known
