"""One process of a function: how it starts, takes events, and ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.errors import ProcessGoneError
from sandbox.cloud.functions.invocation import Invocation
from sandbox.cloud.functions.packaging.runtime_folder import runtime_folder
from sandbox.cloud.functions.processes.conversation import NEXT, invoke_process
from sandbox.cloud.functions.processes.process import FunctionProcess
from tests.support.log_lines import LogLines
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox

HANDLER = """
import os, sys
def handler(event, context):
    if event == "exit":
        os._exit(3)
    ours = [name for name in sys.modules if name.startswith(("sandbox", "pytest"))]
    return [event, os.getpid(), ours]
"""

Start = Callable[..., FunctionProcess]


@pytest.fixture
def start(tmp_path: Path, configuration: FunctionConfiguration, sink: LogLines) -> Iterator[Start]:
    started: list[FunctionProcess] = []

    def make(source: str = HANDLER, **changes: object) -> FunctionProcess:
        root = tmp_path / f"task-{len(started)}"
        root.mkdir()
        (root / "app.py").write_text(source)
        process = FunctionProcess(
            replace(configuration, **changes),  # type: ignore[arg-type]
            task_root=root,
            runtime_folder=runtime_folder(tmp_path / "runtime"),
            credentials={},
            supplied={},
            sink=sink,
        )
        started.append(process)
        return process

    yield make
    for process in started:
        process.stop()


def test_a_process_loads_its_code_and_asks_for_work(start: Start) -> None:
    """It sends the first request by itself, and is stopped with its whole group."""
    process = start()
    request = process.channel.receive(deadline=time.monotonic() + 60, alive=lambda: process.alive)
    assert request.path == NEXT
    assert process.memory_used() > 0
    assert os.getpgid(process.pid) == process.pid
    process.stop(grace=5)
    assert not process.alive
    assert process.memory_used() == 0


def test_a_process_serves_one_event_after_another(
    start: Start, invocation: Callable[..., Invocation], sink: LogLines
) -> None:
    """The answer is the handler's; nothing of this project is importable; only the first start is cold."""
    process = start()
    for number in range(2):
        result = invoke_process(process, invocation(str(number).encode()))
        assert json.loads(result.payload) == [number, process.pid, []]
        assert not result.failed
    assert process.calls == 2
    reports = [line for line in sink.messages if line.startswith("REPORT")]
    assert ["Init Duration" in line for line in reports] == [True, False]


def test_a_process_that_ends_during_an_event_is_a_failed_result(
    start: Start, invocation: Callable[..., Invocation]
) -> None:
    """The result is Lambda's own document about the exit, and the process is stopped."""
    process = start()
    result = invoke_process(process, invocation(b'"exit"'))
    assert result.failed
    document = json.loads(result.payload)
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert not process.alive


def test_an_event_is_not_lost_with_a_process_that_had_ended(
    start: Start, invocation: Callable[..., Invocation]
) -> None:
    """A process that was killed between two events raises, so that another one can take the event."""
    process = start()
    invoke_process(process, invocation())
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: not process.alive)
    with pytest.raises(ProcessGoneError):
        invoke_process(process, invocation())


def test_code_that_cannot_be_loaded_is_a_failed_result(
    start: Start, invocation: Callable[..., Invocation]
) -> None:
    """The document is the runtime client's own, and names the error."""
    result = invoke_process(start("import nothing_like_it\n"), invocation())
    assert result.failed
    assert "nothing_like_it" in json.loads(result.payload)["errorMessage"]


def test_a_function_that_takes_too_long_is_killed(
    start: Start, invocation: Callable[..., Invocation]
) -> None:
    """The timeout is the function's own, and the result says so."""
    process = start("import time\ndef handler(event, context): time.sleep(300)\n", timeout=1)
    result = invoke_process(process, invocation())
    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"
    assert not process.alive
