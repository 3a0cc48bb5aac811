"""Errors of stack names, settings and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar


class StackError(Exception):
    """A stack cannot be run; `message` says why, `hint` what to do next."""

    bad_input: ClassVar[bool] = True

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class StackNameError(StackError):
    """There is no stack of this name."""

    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no stack `{name}`",
            hint=f"stacks are {', '.join(known)}" if known else "add its file to stacks/config",
        )
        self.name = name
        self.known = tuple(known)


class EnvironmentNameError(StackError):
    """An environment has stack files, and a name that it cannot have."""

    def __init__(self, name: str, *, hint: str) -> None:
        super().__init__(f"`{name}` cannot name an environment", hint=hint)


class ProjectRootError(StackError):
    """There is no project in a folder or above it; `start` is where the search began."""

    def __init__(self, start: Path) -> None:
        super().__init__(
            f"there is no Pulumi.yaml in `{start}` or above", hint="run it inside the project's folder"
        )
        self.start = start


class StackSettingsError(StackError):
    """A setting, or the file that it stands in, is wrong.

    `key` is the full configuration key (None when the file as a whole is wrong), `expected` what it should
    be, `path` and `line` (from 1) where it stands, as far as that is known.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        key: str | None = None,
        expected: str | None = None,
        path: Path | None = None,
        line: int | None = None,
    ) -> None:
        """Put the place in front of the message."""
        super().__init__(message, hint=hint)
        self.key = key
        self.expected = expected
        self.path = path
        self.line = line

    @property
    def location(self) -> str | None:
        """`path:line`, the path alone, or None for a value that came from no file."""
        if self.path is None:
            return None
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        """The message, with its place in front where it is known."""
        return self.message if self.location is None else f"{self.location}: {self.message}"


class LayerOutputError(StackError):
    """A stack has not put out what is needed of it."""

    def __init__(self, *, stack: str, output: str, expected: str, hint: str) -> None:
        """Name the stack, the output and what it should have been."""
        super().__init__(f"the stack `{stack}` has no output `{output}` that is {expected}", hint=hint)
        self.stack = stack
        self.output = output
