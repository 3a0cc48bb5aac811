"""The processes of one task, one a container: started one after another, and ended together.

As in ECS where every container is essential: when the first ends, for whatever reason, the task does. They
are stopped in the reverse order of their start, each before the next, so that one outlives those that depend
on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from sandbox.cloud.tasks.logs import TaskLog
from sandbox.cloud.tasks.processes.process import TaskProcess, describe_exit


class TaskContainers:
    """To be made and used in one event loop."""

    def __init__(self, *, patience: float) -> None:
        """`patience` is the time in seconds between SIGTERM and SIGKILL."""
        self._patience = patience
        self._running: list[tuple[str, TaskProcess, TaskLog]] = []
        self._stopping: asyncio.Task[None] | None = None

    async def start(self, name: str, launching: Awaitable[TaskProcess], log: TaskLog) -> None:
        """Start one more. Raises what `launching` raises; then nothing of the task is left."""
        try:
            process = await launching
        except BaseException:
            await self.stop()
            raise
        self._running.append((name, process, log))

    @property
    def pid(self) -> int:
        """The process id of the one that was started last: the main one."""
        return self._running[-1][1].pid

    async def wait(self) -> str:
        """Wait until the first has ended, and stop the others. In words, how it ended."""
        waits = {asyncio.create_task(process.wait()): (name, log) for name, process, log in self._running}
        ended, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        first = next(wait for wait in waits if wait in ended)
        await self.stop()
        await asyncio.wait(waits)
        name, log = waits[first]
        which = f"container `{name}` " if len(waits) > 1 else ""
        last = log.last_line
        return f"{which}{describe_exit(first.result())}{': ' if last else ''}{last}"

    async def stop(self) -> None:
        """Stop them all; returns when none is left. A second call waits for the first."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    def kill(self) -> None:
        """Kill them all at once."""
        for _, process, _ in self._running:
            process.kill()

    async def _stop(self) -> None:
        for _, process, _ in reversed(self._running):
            await process.stop(self._patience)
