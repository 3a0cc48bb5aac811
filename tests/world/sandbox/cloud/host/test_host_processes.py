"""The background process: started, found, stopped, killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

import sandbox.cloud.host
from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.emulator.errors import PortInUseError
from sandbox.cloud.host import Host, HostOptions, HostPorts, leftovers
from sandbox.cloud.host.errors import HostFailedError, HostRefusedError
from sandbox.cloud.host.stop import _wait_for_end
from tests.support.access.keys import operator_key

pytestmark = pytest.mark.sandbox


def port_of(host: Host) -> int:
    return int(host.endpoint.rpartition(":")[2])


def is_open(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def listening(directory: Path) -> set[int]:
    """Ports that the sandbox's processes listen on."""
    return {
        connection.laddr.port
        for process in leftovers.find_marked(directory)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def status(host: Host) -> Any:
    return sandbox.cloud.host.status(host)


def test_start_find_stop_leaves_nothing(start: Callable[..., Host], directory: Path) -> None:
    """A sandbox is found and answers AWS calls; starting what runs changes nothing; after stop no process and
    no open port is left.
    """
    host = start()
    assert sandbox.cloud.host.find(directory) == host
    assert start() == host
    assert psutil.pid_exists(host.pid)
    assert (
        EmulatorClients(host.endpoint, "us-east-1", operator_key(host.directory))(
            "sts"
        ).get_caller_identity()["Account"]
        == "123456789012"
    )
    document = status(host)
    assert (document["pid"], document["incarnation"]) == (host.pid, host.incarnation)
    assert {"services", "load_balancers", "functions", "mesh"} <= document.keys()
    ports = listening(directory)
    assert port_of(host) in ports
    stopped = sandbox.cloud.host.stop(directory)
    assert (stopped.host, stopped.graceful, stopped.cleaned) == (host, True, ())
    assert not any(is_open(port) for port in ports)
    assert sandbox.cloud.host.find(directory) is None
    assert not (directory / "host.json").exists()


@pytest.mark.costly("starts hosts side by side")
def test_two_starts_at_once_make_one_host(directory: Path, options: HostOptions) -> None:
    """Threads and processes that start the same directory at once all get the same sandbox."""
    source = (
        "import sys, pathlib, sandbox.cloud.host as host\n"
        "given = host.HostOptions(images=pathlib.Path(sys.argv[2]), project_root=pathlib.Path(sys.argv[3]))\n"
        "print(host.start(pathlib.Path(sys.argv[1]), given).incarnation)\n"
    )

    def in_a_process(_: int) -> str:
        argv = [sys.executable, "-c", source, str(directory), str(options.images), str(options.project_root)]
        return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    with ThreadPoolExecutor(6) as pool:
        processes = pool.map(in_a_process, range(3))
        threads = pool.map(lambda _: sandbox.cloud.host.start(directory, options).incarnation, range(3))
        incarnations = {*processes, *threads}
    assert len(incarnations) == 1
    hosts = [p for p in leftovers.find_marked(directory) if "sandbox.cloud.host" in p.cmdline()]
    assert len(hosts) == 1


def test_stop_of_nothing_is_no_error(directory: Path) -> None:
    """There may be nothing to stop, or not even a directory."""
    stopped = sandbox.cloud.host.stop(directory)
    assert (stopped.host, stopped.graceful, stopped.cleaned) == (None, False, ())


@pytest.mark.costly("starts and kills hosts")
def test_killed_host_is_cleaned_by_start_and_by_stop(
    start: Callable[..., Host], directory: Path, zipped_echo: bytes
) -> None:
    """kill -9 leaves function processes behind: the next start ends them and is a new sandbox, and so does
    stop, after which another one can be started.

    A sandbox that does not answer, stopped by SIGSTOP, is ended by force.
    """
    host = start()
    orphan = killed_with_a_function(host, zipped_echo)
    assert sandbox.cloud.host.find(directory) is None
    assert (directory / "host.json").exists()
    again = start()
    assert not runs(orphan)
    assert sandbox.cloud.host.find(directory) == again
    assert again.incarnation != host.incarnation
    assert status(again)["functions"] == []

    orphan = killed_with_a_function(again, zipped_echo)
    stopped = sandbox.cloud.host.stop(directory)
    assert stopped.host is None
    assert not runs(orphan)
    third = start()
    assert third.incarnation not in (host.incarnation, again.incarnation)

    os.kill(third.pid, signal.SIGSTOP)
    stopped = sandbox.cloud.host.stop(directory, timeout=1)
    assert not stopped.graceful
    assert third.pid in stopped.cleaned
    assert not runs(third.pid)


def killed_with_a_function(host: Host, zipped_echo: bytes) -> int:
    """Kill a sandbox in which a function has run; gives the process id of the function."""
    invoke_once(host, zipped_echo)
    orphan = int(status(host)["functions"][0]["processes"][0]["pid"])
    psutil.Process(host.pid).kill()
    wait_gone(host.pid)
    return orphan


def test_dead_process_that_nobody_collects_has_ended() -> None:
    """A process is waited for until it is dead, not until its parent, maybe never, collects it."""
    source = (
        "import subprocess, sys\nchild = subprocess.Popen(['true'])\n"
        "print(child.pid, flush=True)\nsys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _wait_for_end(pid, 10)
        assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    finally:
        parent.communicate("")


def test_terminate_signal_stops_gracefully(start: Callable[..., Host], directory: Path) -> None:
    """SIGTERM ends the process in order: the state file goes, too. A port that was asked for was the one that
    answered.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    host = start(ports=HostPorts(emulator=port))
    assert port_of(host) == port
    assert status(host)["pid"] == host.pid
    os.kill(host.pid, signal.SIGTERM)
    wait_gone(host.pid)
    assert not (directory / "host.json").exists()
    assert "stopped" in (directory / "host.log").read_text()


def test_host_lives_on_when_its_starter_is_killed(directory: Path, options: HostOptions) -> None:
    """The sandbox is detached: neither the end of its starter nor a signal to that one's group touches it."""
    source = (
        "import sys, time, pathlib, sandbox.cloud.host as host\n"
        "given = host.HostOptions(images=pathlib.Path(sys.argv[2]), project_root=pathlib.Path(sys.argv[3]))\n"
        "host.start(pathlib.Path(sys.argv[1]), given)\nprint('up', flush=True)\ntime.sleep(60)\n"
    )
    argv = [sys.executable, "-c", source, str(directory), str(options.images), str(options.project_root)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        os.killpg(starter.pid, signal.SIGKILL)
    assert sandbox.cloud.host.find(directory) is not None


def test_used_ports_are_clear_errors_and_leave_nothing(start: Callable[..., Host], directory: Path) -> None:
    """Either fixed port being taken is named, and no process stays."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for ports in (HostPorts(emulator=port), HostPorts(load_balancer=port)):
            with pytest.raises(PortInUseError) as caught:
                start(ports=ports)
            assert caught.value.port == port
            assert leftovers.find_marked(directory) == []
            assert sandbox.cloud.host.find(directory) is None


def test_bad_image_table_is_refused_with_its_own_words(
    start: Callable[..., Host], directory: Path, tmp_path: Path
) -> None:
    """What the background process refuses reaches the one who started it."""
    broken = tmp_path / "broken.toml"
    broken.write_text("[[image]]\n")
    with pytest.raises(HostRefusedError) as caught:
        start(images=broken)
    assert str(broken) in caught.value.message
    assert leftovers.find_marked(directory) == []


def test_crash_at_start_quotes_the_log(
    start: Callable[..., Host], directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies before it is ready is an error with the last lines of its log."""
    monkeypatch.setenv("MYELIN_SANDBOX_LOG_LEVEL", "NONSENSE")
    with pytest.raises(HostFailedError) as caught:
        start()
    assert "NONSENSE" in caught.value.message
    assert str(directory / "host.log") in caught.value.hint
    assert leftovers.find_marked(directory) == []


def invoke_once(host: Host, archive: bytes) -> None:
    aws = EmulatorClients(host.endpoint, "us-east-1", operator_key(host.directory))
    role = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="echo", Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": archive}
    )
    answer = aws("lambda").invoke(FunctionName="echo", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"a": 1}


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
