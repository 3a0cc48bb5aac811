"""Errors about the background process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import SandboxError


class HostError(SandboxError):
    """Root of the errors about the background process."""


class HostFailedError(HostError):
    """The background process ended, or did not answer, before it was ready."""

    def __init__(self, *, reason: str, log: Path, lines: Sequence[str]) -> None:
        quoted = "".join(f"\n  {line}" for line in lines)
        super().__init__(f"the sandbox did not start: {reason}{quoted}", hint=f"the whole log is in {log}")
        self.reason = reason
        self.log = log
        self.lines = tuple(lines)


class HostRefusedError(HostError):
    """The background process cannot start, and has said why."""


class HostBusyError(HostError):
    """Another command has been starting or stopping the same sandbox for too long."""

    def __init__(self, directory: Path, seconds: float) -> None:
        super().__init__(
            f"another command has been starting or stopping the sandbox in `{directory}` for {seconds:.0f} s",
            hint="wait for it, or end it, and try again",
        )
        self.directory = directory


class LeftoverError(HostError):
    """Processes of the sandbox that cannot be ended."""

    def __init__(self, pids: Sequence[int]) -> None:
        super().__init__(
            f"processes of the sandbox are still there: {', '.join(map(str, pids))}",
            hint="they may belong to another user; end them with `kill`",
        )
        self.pids = tuple(pids)


class NotAnsweringError(HostError):
    """The background process runs, but does not answer."""

    def __init__(self, pid: int) -> None:
        super().__init__(
            f"the sandbox (process {pid}) does not answer",
            hint="end it with `myelin down` and start again with `myelin up`",
        )
        self.pid = pid


class RefusedOrderError(HostError):
    """The background process does not carry out an order, and says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the sandbox refuses: {reason}")
        self.reason = reason


class OtherVersionError(HostError):
    """The sandbox was started by other code than the command's: they may misunderstand each other."""

    def __init__(self, pid: int) -> None:
        super().__init__(
            f"the sandbox (process {pid}) was made by another version of Myelin",
            hint="end it with `myelin down` and start again with `myelin up`",
        )
        self.pid = pid
