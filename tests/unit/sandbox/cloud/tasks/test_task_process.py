"""One process at a time: output, probes, ports, and how it ends."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.ecs.definition import HealthCheck, LogTarget, SecretReference, TaskDefinition
from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.tasks.child import wait_for_exit, wait_with_thread
from sandbox.cloud.tasks.errors import CannotStartContainerError, ResourceInitializationError
from sandbox.cloud.tasks.injection import Injector
from sandbox.cloud.tasks.logs import TaskLog
from sandbox.cloud.tasks.ports import HIGHEST, LOWEST, free_port
from sandbox.cloud.tasks.probe import Prober
from sandbox.cloud.tasks.process import TaskProcess, describe_exit
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


def test_ports_are_free_and_below_the_ephemeral_range() -> None:
    """Ports that are taken or listened on are passed over; when there is none left, it is said."""

    class Scripted(random.Random):
        def __init__(self, *ports: int) -> None:
            super().__init__()
            self.ports = list(ports)

        def randint(self, a: int, b: int) -> int:
            assert (a, b) == (LOWEST, HIGHEST)
            return self.ports.pop(0)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        busy = listening.getsockname()[1]
        free = free_port((), random.Random(1))
        assert LOWEST <= free <= HIGHEST
        assert free_port({1}, Scripted(1, busy, free)) == free
    with pytest.raises(CannotStartContainerError, match="no free port"):
        free_port(range(LOWEST, HIGHEST + 1), random.Random(1))


@pytest.mark.parametrize(
    ("path", "outcome"),
    [("/health", None), (None, None), ("/slow?1", "/slow?1 timed out after 0.3 s"), ("/health?x", None)],
)
def test_a_probe_says_what_is_wrong(path: str | None, outcome: str | None) -> None:
    """MSH-2: an HTTP GET of the path, or a TCP connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(1000)
        if b"/slow" in request:
            await asyncio.sleep(0.6)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        done.set()

    done = asyncio.Event()

    async def run() -> str | None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        endpoint = TaskEndpoint(task_id="t", port=server.sockets[0].getsockname()[1])
        prober = Prober()
        try:
            return await prober.probe(endpoint, HealthCheck(path=path, timeout=0.3))
        finally:
            await prober.close()
            await done.wait()
            server.close()

    assert asyncio.run(run()) == outcome


def test_a_probe_of_nobody_fails() -> None:
    """Nothing listens: the words name the path, or the connection."""

    async def run(path: str | None) -> str | None:
        prober = Prober()
        endpoint = TaskEndpoint(task_id="t", port=free_port((), random.Random()))
        try:
            return await prober.probe(endpoint, HealthCheck(path=path))
        finally:
            await prober.close()

    assert asyncio.run(run("/h")) == "/h failed: ClientConnectorError"
    assert asyncio.run(run(None)) == "connect failed: ConnectionRefusedError"


class Secrets:
    """A Secrets Manager with one binary secret, that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, str]] = []

    def get_secret_value(self, **arguments: str) -> dict[str, Any]:
        self.asked.append(arguments)
        return {"SecretBinary": b"1"}


def test_versions_are_asked_for_and_binary_secrets_refused() -> None:
    """ECS-3: stage and version id of the suffix are passed on; a secret without a string is an error."""
    secrets = Secrets()
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf"
    definition = parse(f"{arn}::AWSPREVIOUS:v1")
    with pytest.raises(ResourceInitializationError, match="has no SecretString"):
        Injector(lambda _: secrets).secrets(definition)
    assert secrets.asked == [{"SecretId": arn, "VersionStage": "AWSPREVIOUS", "VersionId": "v1"}]


def parse(value_from: str) -> TaskDefinition:
    return TaskDefinition(
        arn="a/b:1", container="c", image="i", secrets=(SecretReference(name="K", value_from=value_from),)
    )


def test_a_role_that_cannot_be_assumed_is_said() -> None:
    """IAM-1: the role is named; without a role there are no credentials."""

    class Refusing:
        def assume_role(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")

    role = TaskDefinition(arn="a/b:1", container="c", image="i", task_role_arn="arn:aws:iam::1:role/r")
    with pytest.raises(ResourceInitializationError, match=r"role `arn:aws:iam::1:role/r`: AccessDenied: no"):
        Injector(lambda _: Refusing()).credentials(role, "t")
    assert Injector(lambda _: Refusing()).credentials(DEFINITION, "t") is None


def test_the_group_of_a_process_is_its_own() -> None:
    """A signal to the sandbox's group does not reach its tasks."""
    lines = LogLines()
    python("import os; print(os.getpgid(0) == os.getpid())", lines)
    assert lines.lines[0][2] == "True"
