"""Turns every failure into words and an exit code; the only place that knows both."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.exit_codes import ExitCode


class CliError(Exception):
    """A failure that the command line itself finds.

    `message` is lowercase and without a full stop, `hint` says what to do next.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep message and hint apart, as every package here does."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CliError):
    """A flag or an argument that can not be meant."""

    exit_code = ExitCode.USAGE


class ProjectNotFoundError(UsageError):
    """No project here or above."""

    def __init__(self, start: str) -> None:
        """Name the folder the search began in."""
        super().__init__(
            f"no `Pulumi.yaml` in `{start}` or above it",
            hint="run this inside a checkout, or give --project DIR",
        )


class ConfirmationNeededError(UsageError):
    """A change that wants a yes, and nobody there to give it."""

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
    """Somebody else is changing the sandbox."""

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
    """Something did not come in time."""

    exit_code = ExitCode.TIMED_OUT


_URN = re.compile(r"urn:pulumi:(?P<stack>[^:`]+)::[^:`]+::(?:[^`]*\$)?(?P<type>[^$`]+?)::(?P<name>[^`]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A failure in words: where (a file and line, if any), what, what to do, and the exit code.

    `urn` is the resource that it is about, if any.
    """

    code: ExitCode
    message: str
    hint: str = ""
    where: str = ""
    urn: str = ""

    def document(self) -> dict[str, object]:
        """The failure as the one JSON document of a `--json` run."""
        found = {
            "message": self.message,
            "hint": self.hint,
            "where": self.where,
            "urn": self.urn,
            "exit_code": int(self.code),
        }
        return {"error": {name: value for name, value in found.items() if value != ""}}


def explain(error: BaseException) -> Explanation | None:
    """Find the words for a failure; None for one that nobody foresaw."""
    if isinstance(error, KeyboardInterrupt):
        return Explanation(code=ExitCode.INTERRUPTED, message="interrupted")
    message = getattr(error, "message", None)
    if not isinstance(message, str):
        return None
    hint, where = getattr(error, "hint", ""), _where(error)
    # some put the place in front of the message themselves
    said = message.removeprefix(f"{where}: ") if where else message
    return Explanation(
        code=_code(error),
        message=_shortened(said),
        hint=_shortened(str(hint)),
        where=_from_here(where),
        urn=str(getattr(error, "urn", "")),
    )


def _shortened(text: str) -> str:
    """A text in which resources are named by stack, type and name instead of by URN."""
    return _URN.sub(r"\g<stack> \g<type> \g<name>", text)


def _where(error: BaseException) -> str:
    parts = (getattr(error, "path", None), getattr(error, "line", None), getattr(error, "column", None))
    return ":".join(str(part) for part in parts if part is not None)


def _from_here(where: str) -> str:
    """A place below the working folder as it is reached from there."""
    return where.removeprefix(f"{Path.cwd()}{os.sep}")


def _code(error: BaseException) -> ExitCode:
    if isinstance(error, CliError):
        return error.exit_code
    if isinstance(error, _interruptions()):
        return ExitCode.INTERRUPTED
    return ExitCode.USAGE if isinstance(error, _bad_input()) else ExitCode.FAILED


def _interruptions() -> tuple[type[BaseException], ...]:
    from sandbox.engine.errors import InterruptedRunError  # noqa: PLC0415 - only a failure pays for it

    return (InterruptedRunError,)


def _bad_input() -> tuple[type[BaseException], ...]:
    """The failures that a person mends by correcting what they typed or wrote."""
    # only a failure pays for these imports
    from components.manifest.errors import DeclarationError, UnknownServiceError  # noqa: PLC0415
    from policies.calls.language.errors import PolicyError  # noqa: PLC0415
    from policies.resources.findings.errors import FindingsError  # noqa: PLC0415
    from policies.resources.graph.errors import GraphError  # noqa: PLC0415
    from sandbox.cloud.emulator.errors import PortInUseError, PortNotAllowedError  # noqa: PLC0415
    from sandbox.cloud.tasks.errors import ImageTableError  # noqa: PLC0415
    from sandbox.errors import NotLoopbackError  # noqa: PLC0415
    from stacks.errors import StackError  # noqa: PLC0415

    return (
        DeclarationError,
        FindingsError,
        GraphError,
        ImageTableError,
        NotLoopbackError,
        PolicyError,
        PortInUseError,
        PortNotAllowedError,
        StackError,
        UnknownServiceError,
    )
