"""Turns every failure into words and an exit code; the only place that knows both.

The packages below define their own errors and do not import this one: theirs have what `Explained` names.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from cli.exit_codes import ExitCode
from cli.paths import shorten_paths
from sandbox.engine.errors import InterruptedRunError
from sandbox.engine.provider import ProviderError


@runtime_checkable
class Explained(Protocol):
    """An error for people, in whichever package it is defined.

    `message` says what is wrong: lowercase, without a full stop, foreign input in backticks. `hint` says
    what to do next, and may be empty. `bad_input` tells mistakes that people correct in what they typed or
    wrote (exit code 2) from every other failure. Where they are known, an error also has `path` and `line`
    (of a file, from 1) and `urn` (of a resource); the message leaves the place out, `str()` puts it in front.
    """

    message: str
    hint: str
    bad_input: ClassVar[bool]


class CliError(Exception):
    """A failure that the command line itself finds."""

    bad_input: ClassVar[bool] = False
    exit_code = ExitCode.FAILED
    """What the command exits with, unless the input is bad."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep message and hint apart, as every package here does."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CliError):
    """A flag or an argument is wrong."""

    bad_input = True


class ProjectNotFoundError(UsageError):
    """No project here or above."""

    def __init__(self, start: str) -> None:
        """Name the folder the search began in."""
        super().__init__(
            f"no `Pulumi.yaml` in `{start}` or above it",
            hint="run this inside a checkout, or give --project DIR",
        )


class ConfirmationNeededError(UsageError):
    """A change has to be confirmed, and there is no terminal to ask on."""

    def __init__(self, what: str) -> None:
        """Say what would have been done."""
        super().__init__(f"{what}, and there is no terminal to confirm it on", hint="give --yes to go ahead")


class NotConfirmedError(CliError):
    """The person said no."""

    def __init__(self) -> None:
        """Say that nothing happened."""
        super().__init__("not confirmed, nothing was changed")


class NotRunningError(CliError):
    """The command needs a running sandbox."""

    def __init__(self) -> None:
        """Say how to get one."""
        super().__init__("no sandbox is running", hint="start one with `myelin up`")


class HostUnreadableError(CliError):
    """The file that says where the sandbox's process is cannot be read."""

    def __init__(self, path: Path) -> None:
        """`path` is that file."""
        super().__init__(
            "the state of the sandbox cannot be read, so it is not known whether one runs",
            hint="`myelin down` ends what runs of it, and `myelin up` starts anew",
        )
        self.path = path

    def __str__(self) -> str:
        """The message with its place in front."""
        return f"{self.path}: {self.message}"


class NotDeployedError(CliError):
    """The environment has not been deployed."""

    def __init__(self, environment: str, *, deployed: Sequence[str] = ()) -> None:
        """Name it, and those that are."""
        others = f"; deployed are {', '.join(f'`{name}`' for name in deployed)}" if deployed else ""
        super().__init__(
            f"`{environment}` is not deployed", hint=f"deploy it with `myelin up {environment}`{others}"
        )
        self.environment = environment
        self.deployed = tuple(deployed)


class LockedError(CliError):
    """Another process is changing the sandbox."""

    exit_code = ExitCode.LOCKED

    def __init__(self, *, pid: int, user: str, since: str, command: str) -> None:
        """Say who, since when and with what."""
        super().__init__(
            f"the sandbox is locked by {user} (process {pid}) since {since}: `{command}`",
            hint="wait until it has ended; the lock goes with its process",
        )
        self.pid = pid
        self.since = since


class TimedOutError(CliError):
    """A command waited as long as it may."""

    exit_code = ExitCode.TIMED_OUT


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
_URN = re.compile(r"urn:pulumi:(?P<stack>[^:`]+)::[^:`]+::(?:[^`]*\$)?(?P<type>[^$`]+?)::(?P<name>[^`]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedFailure:
    """A failure as the command line shows it.

    `where` is the file and line, `urn` the resource that it is about; both may be empty.
    """

    code: ExitCode
    message: str
    hint: str = ""
    where: str = ""
    urn: str = ""

    def document(self) -> dict[str, object]:
        """The failure as the JSON document of `--json`."""
        found = {
            "message": self.message,
            "hint": self.hint,
            "where": self.where,
            "urn": self.urn,
            "exit_code": int(self.code),
        }
        return {"error": {name: value for name, value in found.items() if value != ""}}


def explain(error: BaseException) -> ExplainedFailure | None:
    """Explain a failure; None for one that has no explanation of its own."""
    if isinstance(error, KeyboardInterrupt):
        return ExplainedFailure(code=ExitCode.INTERRUPTED, message="interrupted")
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return ExplainedFailure(
            code=ExitCode.FAILED,
            message=f"nothing more can be written: {(error.strerror or str(error)).lower()}",
            hint="make room and run it again; `myelin down` needs none",
            where=shorten_paths(str(error.filename or "")),
        )
    if not isinstance(error, Explained):
        return None
    return ExplainedFailure(
        code=_code(error),
        message=shorten_paths(_without_urns(error.message)),
        hint=shorten_paths(_without_urns(error.hint)),
        where=shorten_paths(_where(error)),
        urn=str(getattr(error, "urn", "")),
    )


def _without_urns(text: str) -> str:
    """A text in which resources are named by stack, type and name instead of by URN."""
    return _URN.sub(r"\g<stack> \g<type> \g<name>", text)


def _where(error: Explained) -> str:
    parts = (getattr(error, name, None) for name in ("path", "line", "column"))
    return ":".join(str(part) for part in parts if part is not None)


def _code(error: Explained) -> ExitCode:
    if error.bad_input:
        return ExitCode.USAGE
    if isinstance(error, InterruptedRunError):
        return ExitCode.INTERRUPTED
    if isinstance(error, ProviderError):
        return _STEP_CODES.get(error.code, ExitCode.FAILED)
    return error.exit_code if isinstance(error, CliError) else ExitCode.FAILED


_STEP_CODES = {"RolledBack": ExitCode.ROLLED_BACK, "TimedOut": ExitCode.TIMED_OUT}
"""Of steps whose resource the provider waited for; see NotSteadyError."""
