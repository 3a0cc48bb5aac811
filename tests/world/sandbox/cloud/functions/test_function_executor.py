"""The executor with real processes and AWS's own runtime client."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cloud.functions.errors import FunctionArchiveError, ThrottledError
from sandbox.cloud.functions.executor import DeployedFunction, FunctionExecutor
from sandbox.cloud.functions.invocation import Invocation, InvocationResult
from sandbox.cloud.metrics.lambda_metrics import LambdaMetrics
from sandbox.cloud.metrics.store import MetricStore

pytestmark = pytest.mark.sandbox

ECHO = """
import os
print("loading")
def handler(event, context):
    print("event", event)
    return {
        "event": event,
        "pid": os.getpid(),
        "env": dict(os.environ),
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
        "client": context.client_context and context.client_context.custom,
    }
"""


@pytest.fixture
def executor(tmp_path: Path, sink: Any) -> Iterator[FunctionExecutor]:
    made = FunctionExecutor(
        tmp_path / "functions",
        sink=sink,
        credentials=lambda configuration: {"AWS_ACCESS_KEY_ID": f"key-of-{configuration.name}"},
        supplied={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "MYELIN_SANDBOX": str(tmp_path)},
    )
    made.start()
    yield made
    made.stop()
    children = [child for child in psutil.Process().children(recursive=True) if _marked(child, str(tmp_path))]
    assert children == []


def _marked(process: psutil.Process, value: str) -> bool:
    try:
        return process.environ().get("MYELIN_SANDBOX") == value
    except psutil.Error:
        return False


@pytest.fixture
def run(executor: FunctionExecutor, invocation: Callable[..., Invocation]) -> Callable[..., InvocationResult]:
    def call(deployed: DeployedFunction, payload: Any = None, **changes: Any) -> InvocationResult:
        data = json.dumps({} if payload is None else payload).encode()
        return executor.invoke(deployed, invocation(data, **changes))

    return call


def document(outcome: InvocationResult) -> Any:
    return json.loads(outcome.payload)


def test_handler_gets_event_context_and_environment(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], tmp_path: Path
) -> None:
    """A handler sees event, request, time left, its own and Lambda's variables, and the role's key."""
    deployed = deploy(ECHO, environment=(("OWN", "value"),))
    outcome = run(deployed, {"a": [1, "ü"]}, request_id="r-1", client_context='{"custom": {"k": "v"}}')
    seen = document(outcome)
    assert not outcome.failed
    assert seen["event"] == {"a": [1, "ü"]}
    assert seen["request"] == "r-1"
    assert seen["arn"].endswith(":f:1")
    assert 0 < seen["remaining"] <= 5000
    assert seen["client"] == {"k": "v"}
    assert seen["env"]["OWN"] == "value"
    assert seen["env"]["AWS_ACCESS_KEY_ID"] == "key-of-f"
    assert seen["env"]["MYELIN_SANDBOX"] == str(tmp_path)
    assert seen["env"]["_X_AMZN_TRACE_ID"].startswith("Root=1-")


def test_process_is_kept_warm(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction]
) -> None:
    """Calls one after the other are answered by the same process, which loads its code once."""
    deployed = deploy(ECHO)
    assert len({document(run(deployed))["pid"] for _ in range(3)}) == 1


def test_log_has_lambdas_lines_around_the_functions(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], sink: Any
) -> None:
    """What the handler printed stands between START and END; the tail is the same text."""
    outcome = run(deploy(ECHO), {"n": 1}, request_id="r-1")
    lines = sink.messages
    assert lines[:4] == [
        "loading",
        "START RequestId: r-1 Version: 1",
        "event {'n': 1}",
        "END RequestId: r-1",
    ]
    assert lines[4].startswith("REPORT RequestId: r-1\tDuration: ")
    assert "Init Duration" in lines[4]
    assert outcome.log_tail.decode() == "\n".join(lines) + "\n"
    group, stream, _ = sink.lines[0]
    assert group == "/aws/lambda/f"
    assert "/[1]" in stream


def test_json_log_format(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], sink: Any
) -> None:
    """With JSON logging the runtime's and Lambda's lines are documents."""
    source = """
import logging
def handler(event, context):
    logging.getLogger().warning("careful")
"""
    run(deploy(source, log_format="JSON", log_level="INFO"), request_id="r-1")
    start, line, report = map(json.loads, sink.messages)
    assert (start["type"], report["type"]) == ("platform.start", "platform.report")
    assert (line["message"], line["level"], line["requestId"]) == ("careful", "WARNING", "r-1")


def test_exception_is_awss_error_document(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], sink: Any
) -> None:
    """Type, message, request and stack are there; the log has the traceback as one event."""
    deployed = deploy("def handler(event, context):\n    raise ValueError('boo')\n")
    outcome = run(deployed, request_id="r-1")
    error = document(outcome)
    assert outcome.failed
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == ("ValueError", "boo", "r-1")
    assert "raise ValueError" in error["stackTrace"][0]
    (traceback,) = [line for line in sink.messages if line.startswith("[ERROR] ValueError: boo")]
    assert "Traceback (most recent call last):\n" in traceback


def test_timeout_kills_the_process_and_all_it_started(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], sink: Any, tmp_path: Path
) -> None:
    """The call ends at the function's timeout, its process and the children are gone, the next call works."""
    source = f"""
import subprocess, time, pathlib
def handler(event, context):
    if event.get("quick"):
        return "fine"
    child = subprocess.Popen(["sleep", "60"])
    pathlib.Path({str(tmp_path / "child")!r}).write_text(str(child.pid))
    time.sleep(60)
"""
    deployed = deploy(source, timeout=1)
    began = time.monotonic()
    outcome = run(deployed, request_id="r-1")
    assert time.monotonic() - began >= 1
    assert document(outcome) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r-1 Error: Task timed out after 1.00 seconds",
    }
    assert any(line.endswith("r-1 Task timed out after 1.00 seconds") for line in sink.messages)
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(child)
    assert document(run(deployed, {"quick": True})) == "fine"


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("os._exit(3)", "exit status 3"),
        ("os._exit(0)", "without providing a reason"),
        ("os.kill(os.getpid(), 11)", "signal: segmentation fault"),
    ],
)
def test_crash_is_an_exit_error_and_the_next_call_works(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], statement: str, words: str
) -> None:
    """A process that ends inside a call is Runtime.ExitError; another one takes over."""
    source = f"import os\ndef handler(event, context):\n    if event: return 1\n    {statement}\n"
    deployed = deploy(source)
    outcome = run(deployed)
    assert outcome.failed
    assert document(outcome)["errorType"] == "Runtime.ExitError"
    assert words in document(outcome)["errorMessage"]
    assert document(run(deployed, {"a": 1})) == 1


def test_killed_between_calls_is_replaced(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], executor: FunctionExecutor
) -> None:
    """kill -9 of an idle process costs the next call nothing but a start."""
    deployed = deploy(ECHO)
    pid = document(run(deployed))["pid"]
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    process.wait(5)
    assert executor.status() == [{"name": "f", "processes": [], "replaced_packages": []}]
    outcome = run(deployed)
    assert not outcome.failed
    assert document(outcome)["pid"] != pid


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import boto3\ndef handler(event, context): pass\n", "Runtime.ImportModuleError"),
        ("import moto\ndef handler(event, context): pass\n", "Runtime.ImportModuleError"),
        ("import sandbox\ndef handler(event, context): pass\n", "Runtime.ImportModuleError"),
        ("def handler(:\n", "Runtime.UserCodeSyntaxError"),
        ("other = 1\n", "Runtime.HandlerNotFound"),
        ("raise RuntimeError('at start')\n", "RuntimeError"),
        ("import os\nos._exit(7)\n", "Runtime.ExitError"),
    ],
)
def test_code_that_cannot_be_loaded_is_named(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction], source: str, error: str
) -> None:
    """A dependency that is not in the archive fails here as on AWS, though this project has it installed."""
    outcome = run(deploy(source))
    assert outcome.failed
    assert document(outcome)["errorType"] == error


def test_broken_archive_is_an_error_of_the_caller(
    executor: FunctionExecutor, deploy: Callable[..., DeployedFunction], invocation: Callable[..., Invocation]
) -> None:
    """Bytes that are no zip file are refused before anything runs."""
    deployed = deploy(ECHO)
    broken = DeployedFunction(configuration=deployed.configuration, archive=b"no zip")
    with pytest.raises(FunctionArchiveError):
        executor.invoke(broken, invocation())


def test_calls_at_once_run_at_once_up_to_the_reservation(
    executor: FunctionExecutor, run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction]
) -> None:
    """Three calls run in three processes; the fourth is throttled; a reservation of 0 stops all. OBS-3"""
    store = MetricStore()
    executor._metrics = LambdaMetrics(store, clock=lambda: 0.0)
    deployed = deploy(
        "import os, time\ndef handler(event, context):\n    time.sleep(1)\n    return os.getpid()\n",
        reserved=3,
    )
    barrier = threading.Barrier(4)

    def call(_: int) -> Any:
        barrier.wait(5)
        try:
            return document(run(deployed))
        except ThrottledError:
            return "throttled"

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(call, range(4)))
    assert results.count("throttled") == 1
    assert len(set(results)) == 4
    (function,) = executor.status()
    assert len(function["processes"]) == 3
    with pytest.raises(ThrottledError):
        run(deploy(ECHO, reserved=0))
    kept = {key.name: found.total for key in store.metrics() if (found := store.over(key, 0, 60))}
    assert (kept["Invocations"], kept["Errors"], kept["Throttles"]) == (3, 0, 2)


def test_change_of_configuration_reaches_the_next_call(
    executor: FunctionExecutor, run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction]
) -> None:
    """A call after a change runs in a process with the new environment, and the old process goes."""
    old = deploy(ECHO, environment=(("A", "1"),))
    new = deploy(ECHO, environment=(("A", "2"),))
    first = document(run(old))["pid"]
    executor.retain([new])
    seen = document(run(new))
    assert seen["env"]["A"] == "2"
    assert seen["pid"] != first
    deadline = time.monotonic() + 5
    while _runs(first) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(first)


def test_warmed_function_has_its_process_before_the_first_call(
    executor: FunctionExecutor, run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction]
) -> None:
    """The process that was started ahead answers the first call."""
    deployed = deploy(ECHO)
    executor.warm(deployed)
    deadline = time.monotonic() + 5
    while not executor.status() or not executor.status()[0]["processes"]:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    (process,) = executor.status()[0]["processes"]
    assert document(run(deployed))["pid"] == process["pid"]


def test_events_and_answers_of_megabytes(
    run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction]
) -> None:
    """Five megabytes go in and out; more than Lambda's limit is an error, and the process lives on."""
    deployed = deploy(
        "def handler(event, context):\n    return event['text'] * event.get('times', 1)\n", timeout=20
    )
    text = "x" * 5_000_000
    assert document(run(deployed, {"text": text})) == text
    outcome = run(deployed, {"text": text, "times": 2})
    assert document(outcome)["errorType"] == "Function.ResponseSizeTooLarge"
    assert document(run(deployed, {"text": "y"})) == "y"


def test_stop_ends_a_call_under_way(
    executor: FunctionExecutor, run: Callable[..., InvocationResult], deploy: Callable[..., DeployedFunction]
) -> None:
    """A sandbox that stops does not wait for a slow function: its call ends with an error."""
    deployed = deploy("import time\ndef handler(event, context):\n    time.sleep(60)\n", timeout=60)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(run, deployed)
        deadline = time.monotonic() + 5
        while not (executor.status() and any(p["busy"] for p in executor.status()[0]["processes"])):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        executor.stop()
        assert future.result(5).failed
