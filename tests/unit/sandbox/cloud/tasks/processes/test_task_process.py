"""One process at a time: its output, its end, and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cloud.ecs.definition import LogTarget, TaskDefinition
from sandbox.cloud.tasks.errors import CannotStartContainerError
from sandbox.cloud.tasks.logs import TaskLog
from sandbox.cloud.tasks.processes.child import wait_for_exit, wait_with_thread
from sandbox.cloud.tasks.processes.process import TaskProcess, describe_exit
from tests.support.log_lines import LogLines
from tests.support.waiting import wait_until

DEFINITION = TaskDefinition(
    arn="arn:aws:ecs:us-east-1:123456789012:task-definition/axon:1",
    container="axon",
    image="axon:1",
    log=LogTarget(group="/g", stream_prefix="p"),
)


def python(program: str, lines: LogLines, *, stop_after: float | None = None) -> tuple[int, TaskLog]:
    """Run a program to its end, or stop it once it has said something."""
    log = TaskLog(DEFINITION, "id", lines)

    async def run() -> int:
        process = await TaskProcess.launch(
            [sys.executable, "-c", program], environment={}, directory=Path.cwd(), log=log
        )
        if stop_after is not None:
            await asyncio.to_thread(wait_until, lambda: lines.lines)
            await process.stop(stop_after)
            assert not process.alive
        return await process.wait()

    return asyncio.run(run()), log


def test_output_becomes_lines_of_the_stream() -> None:
    """OBS-2: stdout and stderr, CRLF, empty lines, a last line without an end, and what is not UTF-8."""
    lines = LogLines()
    code, log = python(
        "import os; os.write(1, b'one\\r\\n\\ntwo'); os.write(2, b'\\xff!\\n'); raise SystemExit(4)", lines
    )
    assert code == 4
    assert {(group, stream) for group, stream, _ in lines.lines} == {("/g", "p/axon/id")}
    assert sorted(line for _, _, line in lines.lines) == ["", "one", "two", "\ufffd!"]
    assert log.last_line in ("two", "\ufffd!")


def test_an_endless_line_is_cut() -> None:
    """A program that never ends its line does not fill the memory."""
    lines = LogLines()
    python("import os; os.write(1, b'x' * 600_000)", lines)
    assert sum(len(line) for _, _, line in lines.lines) == 600_000
    assert len(lines.lines) > 1


def test_a_task_without_a_log_configuration_is_read_and_dropped() -> None:
    """Its pipe must not fill up, and its last line is still known for the reason."""
    lines = LogLines()
    bare = TaskDefinition(arn="a/b:1", container="c", image="i")
    log = TaskLog(bare, "id", lines)
    log.line("said")
    assert lines.lines == []
    assert log.last_line == "said"


def test_stop_asks_first() -> None:
    """SIGTERM lets the process finish in its own way."""
    program = (
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('up', flush=True)\ntime.sleep(60)"
    )
    assert python(program, LogLines(), stop_after=10)[0] == 7


def test_stop_kills_who_does_not_listen_and_its_children() -> None:
    """After the stop timeout the whole group gets SIGKILL."""
    lines = LogLines()
    program = (
        "import signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\ntime.sleep(60)"
    )
    assert python(program, lines, stop_after=0.2)[0] == -9
    child = int(lines.lines[0][2])
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


def test_what_a_process_leaves_behind_is_killed() -> None:
    """A descendant that outlives the process goes with it."""
    lines = LogLines()
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)"
    )
    assert python(program, lines)[0] == 0
    child = int(lines.lines[0][2])
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


def test_the_group_is_signalled_before_the_process_is_reaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later its number could already be that of a group of somebody else."""
    seen: list[str] = []

    def killpg(pid: int, number: int) -> None:
        seen.append(str(psutil.Process(pid).status()))
        os.kill(pid, number)

    monkeypatch.setattr(os, "killpg", killpg)
    assert python("print('done')", LogLines())[0] == 0
    assert seen == ["zombie"]


@pytest.mark.parametrize("wait", [wait_for_exit, wait_with_thread])
def test_waiting_for_a_child_does_not_reap_it(wait: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    """With a process descriptor, and with a thread where there is none."""
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(5)"])

    async def run() -> None:
        async with asyncio.timeout(10):
            await wait(child.pid)

    asyncio.run(run())
    assert psutil.Process(child.pid).status() == "zombie"
    assert child.wait() == 5


def test_a_command_that_does_not_exist_is_said() -> None:
    """The reason is the one that ECS gives."""

    async def launch() -> None:
        log = TaskLog(DEFINITION, "id", LogLines())
        await TaskProcess.launch(["/no/such/program"], environment={}, directory=Path.cwd(), log=log)

    with pytest.raises(CannotStartContainerError, match="CannotStartContainerError: `/no/such/program`: "):
        asyncio.run(launch())


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exited with code 0"), (-9, "was killed by SIGKILL"), (-99, "was killed by signal 99")],
)
def test_an_exit_code_has_words(code: int, words: str) -> None:
    """Codes and signals."""
    assert describe_exit(code) == words


def test_the_group_of_a_process_is_its_own() -> None:
    """A signal to the sandbox's group does not reach its tasks."""
    lines = LogLines()
    python("import os; print(os.getpgid(0) == os.getpid())", lines)
    assert lines.lines[0][2] == "True"
