"""Starts a process in a group of its own, and stops it with SIGTERM, then SIGKILL."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.cloud.tasks.errors import CannotStartContainerError
from sandbox.cloud.tasks.logs import TaskLog
from sandbox.cloud.tasks.processes.child import wait_for_exit
from sandbox.cloud.tasks.processes.forks import Forks

_PIPE_GRACE = 1.0
"""Seconds to read on after the process has gone, in case a descendant still holds its pipes."""

_REAP_LOOKS = 250
_REAP_PAUSE = 0.02
"""Seconds between two looks whether a process that was killed has ended."""


@dataclass(frozen=True, slots=True)
class _Output:
    """A pipe for a process's output. With asyncio's, `wait` would hang while a descendant holds its end."""

    writing: int
    transport: asyncio.ReadTransport
    pumping: asyncio.Task[None]

    @classmethod
    async def open(cls, log: TaskLog) -> _Output:
        """Make a pipe whose lines go to the log; `writing` is the end for the process."""
        reading, writing = os.pipe()
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
        )
        return cls(writing, transport, asyncio.create_task(log.pump(reader)))

    def close(self) -> None:
        """Stop reading, and close the pipe."""
        self.pumping.cancel()
        self.transport.close()


class Child(Protocol):
    """A child process of this one."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    def wait(self) -> int:
        """Reap it; the exit code, negative if a signal ended it."""
        ...


class TaskProcess:
    """A running process, whose output goes to a task's log."""

    def __init__(self, process: Child, outputs: Sequence[_Output]) -> None:
        """Made by `launch`."""
        self._process = process
        self._outputs = outputs
        self._end = asyncio.create_task(self._reap())

    @classmethod
    async def launch(
        cls,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        log: TaskLog,
        forks: Forks | None = None,
    ) -> TaskProcess:
        """Start a process, as a fork where that fits; raises CannotStartContainerError."""
        outputs = [await _Output.open(log) for _ in ("stdout", "stderr")]
        stdout, stderr = (output.writing for output in outputs)
        process: Child | None = None
        try:
            if forks is not None and forks.fits(argv, environment):
                process = await forks.start(
                    argv, environment=environment, directory=directory, outputs=(stdout, stderr)
                )
            process = process or subprocess.Popen(  # noqa: ASYNC220 - what asyncio starts it also reaps
                argv,
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            for output in outputs:
                output.close()
            raise CannotStartContainerError(f"`{argv[0]}`: {error}") from error
        finally:
            os.close(stdout)
            os.close(stderr)
        return cls(process, outputs)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return not self._end.done()

    async def wait(self) -> int:
        """Wait until the process has ended and the rest of its group has been killed.

        Returns the exit code; negative means the number of a signal.
        """
        code = await asyncio.shield(self._end)
        await asyncio.wait([output.pumping for output in self._outputs], timeout=_PIPE_GRACE)
        for output in self._outputs:
            output.close()
        return code

    async def stop(self, patience: float) -> None:
        """Send SIGTERM to the process, after `patience` seconds SIGKILL to its group; wait for its end."""
        if self.alive:
            os.kill(self._process.pid, signal.SIGTERM)  # Popen.terminate would reap
        try:
            async with asyncio.timeout(patience):
                await asyncio.shield(self._end)
        except TimeoutError:
            self.kill()
            await asyncio.shield(self._end)

    def kill(self) -> None:
        """Send SIGKILL to the process's whole group."""
        if self.alive:
            self._kill_group()

    async def _reap(self) -> int:
        """Wait for the process's end, kill the rest of its group, and only then reap it.

        After reaping, another group could have got the same id.
        """
        await wait_for_exit(self._process.pid)
        self._kill_group()
        code = self._process.wait()
        for _ in range(_REAP_LOOKS):
            if _reap_group(self._process.pid):
                break
            await asyncio.sleep(_REAP_PAUSE)
        return code

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _reap_group(group: int) -> bool:
    """Reap what has ended of a killed group and is a child of this process; True if nothing of it is left."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def describe_exit(code: int) -> str:
    """Say in words how a process ended, from its exit code."""
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
