"""Errors of the image table, and of tasks that cannot be started."""

from __future__ import annotations

from pathlib import Path

from sandbox.errors import SandboxError


class TasksError(SandboxError):
    """Root of everything that goes wrong with images and tasks."""


class ImageTableError(TasksError):
    """An image table that cannot be used.

    The message names the file, the line if there is one to blame, the entry, and what is expected there.
    """

    bad_input = True

    def __init__(
        self, *, path: Path, expected: str, where: str = "", line: int | None = None, hint: str = ""
    ) -> None:
        """`where` is an entry, such as ``image 2, `command` ``; `line` counts from 1."""
        super().__init__(f"{where}: {expected}" if where else expected, hint=hint or f"correct `{path.name}`")
        self.path = path
        self.line = line
        self.where = where
        self.expected = expected

    def __str__(self) -> str:
        """The message with its place in front."""
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class TaskFailedError(TasksError):
    """A task that could not be started; the message is the stopped reason that ECS would give.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """

    code = "TaskFailedToStart"

    def __init__(self, detail: str, *, hint: str = "") -> None:
        super().__init__(f"{self.code}: {detail}", hint=hint)
        self.detail = detail


class CannotPullContainerError(TaskFailedError):
    """The image table has no command for the image."""

    code = "CannotPullContainerError"

    def __init__(self, image: str, table: Path) -> None:
        super().__init__(f"image `{image}` is not in `{table}`", hint=f"add an [[image]] entry to `{table}`")
        self.image = image


class ResourceInitializationError(TaskFailedError):
    """A secret or the credentials of the task role could not be fetched."""

    code = "ResourceInitializationError"


class CannotStartContainerError(TaskFailedError):
    """The command of the image could not be executed."""

    code = "CannotStartContainerError"
