"""One process of this machine: started in a group of its own, and stopped gently, then by force."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cloud.tasks.child import ended
from sandbox.cloud.tasks.errors import CannotStartContainerError
from sandbox.cloud.tasks.logs import TaskLog

_PIPE_GRACE = 1.0
"""Seconds to read on after the process has gone, in case a descendant still holds its pipes."""


@dataclass(frozen=True, slots=True)
class _Output:
    """A pipe of our own: with asyncio's, `wait` would not return while a descendant holds the other end."""

    writing: int
    transport: asyncio.ReadTransport
    pumping: asyncio.Task[None]

    @classmethod
    async def open(cls, log: TaskLog) -> _Output:
        """A pipe whose lines go to the log; `writing` is the end for the process."""
        reading, writing = os.pipe()
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
        )
        return cls(writing, transport, asyncio.create_task(log.pump(reader)))

    def close(self) -> None:
        """Read no further."""
        self.pumping.cancel()
        self.transport.close()


class TaskProcess:
    """A started process, whose output goes to a log."""

    def __init__(self, process: subprocess.Popen[bytes], outputs: Sequence[_Output]) -> None:
        """Use `launch`."""
        self._process = process
        self._outputs = outputs
        self._end = asyncio.create_task(self._reap())

    @classmethod
    async def launch(
        cls, argv: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: TaskLog
    ) -> TaskProcess:
        """Start it; raises CannotStartContainerError."""
        outputs = [await _Output.open(log) for _ in ("stdout", "stderr")]
        stdout, stderr = (output.writing for output in outputs)
        try:
            process = subprocess.Popen(  # noqa: ASYNC220 - what asyncio starts it also reaps
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
        """Process id, which is also that of the group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return not self._end.done()

    async def wait(self) -> int:
        """Wait for its end; what is left of its group is killed then.

        Returns the exit code, negative for a signal.
        """
        code = await asyncio.shield(self._end)
        await asyncio.wait([output.pumping for output in self._outputs], timeout=_PIPE_GRACE)
        for output in self._outputs:
            output.close()
        return code

    async def stop(self, patience: float) -> None:
        """SIGTERM to the process, SIGKILL to its group after `patience` seconds; returns once it has gone."""
        if self.alive:
            os.kill(self._process.pid, signal.SIGTERM)  # Popen.terminate would reap
        try:
            async with asyncio.timeout(patience):
                await asyncio.shield(self._end)
        except TimeoutError:
            self.kill()
            await asyncio.shield(self._end)

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        if self.alive:
            self._kill_group()

    async def _reap(self) -> int:
        """Kill what the process leaves behind when it ends, and only then reap it.

        The other way round the group's number could belong to somebody else by then.
        """
        await ended(self._process.pid)
        self._kill_group()
        return self._process.wait()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def exit_words(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
