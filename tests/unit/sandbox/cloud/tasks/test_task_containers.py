"""The processes of one task: they start one after another, and end together."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.cloud.ecs.definition import LogTarget, TaskDefinition
from sandbox.cloud.tasks.containers import TaskContainers
from sandbox.cloud.tasks.errors import CannotStartContainerError
from sandbox.cloud.tasks.logs import TaskLog
from sandbox.cloud.tasks.processes.process import TaskProcess
from tests.support.log_lines import LogLines
from tests.support.waiting import wait_until

DEFINITION = TaskDefinition(
    arn="arn:task-definition/a:1", container="a", image="a:1", log=LogTarget(group="/g", stream_prefix="p")
)
STAYS = """
import signal, sys, time
def end(*_):
    print(sys.argv[1], "ends", flush=True)
    raise SystemExit(0)
signal.signal(signal.SIGTERM, end)
print(sys.argv[1], "runs", flush=True)
time.sleep(60)
"""


async def started(names: str, lines: LogLines) -> TaskContainers:
    """Containers of these names, each of which says that it runs, and when it is told to end."""
    containers = TaskContainers(patience=5)
    for name in names:
        log = TaskLog(DEFINITION, name, lines)
        launching = TaskProcess.launch(
            [sys.executable, "-c", STAYS, name], environment={}, directory=Path.cwd(), log=log
        )
        await containers.start(name, launching, log)
    await asyncio.to_thread(wait_until, lambda: len(lines.lines) == len(names), what="all say that they run")
    return containers


def said(lines: LogLines) -> list[str]:
    return [line for _, _, line in lines.lines if line.endswith("ends")]


def test_they_are_stopped_in_the_reverse_order_of_their_start() -> None:
    """What others depend on ends after them; a second stop waits for the first, and none is told twice."""
    lines = LogLines()

    async def run() -> str:
        containers = await started("ab", lines)
        ending = asyncio.create_task(containers.wait())
        await asyncio.gather(containers.stop(), containers.stop())
        return await ending

    assert asyncio.run(run()) == "container `b` exited with code 0: b ends"
    assert said(lines) == ["b ends", "a ends"]


def test_when_one_ends_the_others_are_stopped() -> None:
    """The reason is that of the first; nothing of the task is left."""
    lines = LogLines()

    async def run() -> tuple[str, int]:
        containers = await started("ab", lines)
        psutil.Process(containers.pid).send_signal(signal.SIGKILL)
        return await containers.wait(), containers.pid

    reason, pid = asyncio.run(run())
    assert reason == "container `b` was killed by SIGKILL: b runs"
    assert said(lines) == ["a ends"]
    assert not psutil.pid_exists(pid)


def test_one_that_cannot_be_started_leaves_none() -> None:
    """Those before it are stopped."""
    lines = LogLines()

    async def run() -> None:
        containers = await started("a", lines)
        log = TaskLog(DEFINITION, "b", lines)
        launching = TaskProcess.launch(["/no/such/program"], environment={}, directory=Path.cwd(), log=log)
        with pytest.raises(CannotStartContainerError):
            await containers.start("b", launching, log)

    asyncio.run(run())
    assert said(lines) == ["a ends"]


def test_killed_at_once() -> None:
    """SIGKILL to all of them."""
    lines = LogLines()

    async def run() -> str:
        containers = await started("ab", lines)
        containers.kill()
        return await containers.wait()

    assert "was killed by SIGKILL" in asyncio.run(run())
    assert said(lines) == []
