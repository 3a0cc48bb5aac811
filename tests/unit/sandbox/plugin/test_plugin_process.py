"""The plugin's process: it says where it listens, and ends with the engine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.cloud.access.peers import is_own_client
from sandbox.plugin.server import start
from sandbox.plugin.servicer import PluginServicer
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.paths import ROOT
from tests.support.waiting import wait_until

PLUGIN = """
from sandbox.plugin.server import serve
from sandbox.plugin.servicer import PluginServicer
serve(PluginServicer(None, schema="{}", version="1.0.0"), lambda own, other: True)
"""
ENGINE = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {PLUGIN!r}], stdout=subprocess.PIPE, text=True)
print(child.pid, child.stdout.readline().strip(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def engine() -> Iterator[subprocess.Popen[str]]:
    """A process that has started the plugin, as an engine does."""
    started = subprocess.Popen(
        [sys.executable, "-c", ENGINE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield started
    started.kill()
    started.communicate()


def servicer() -> PluginServicer:
    return PluginServicer(lambda _region: MemoryProvider(), schema="{}", version="1.0.0")


def ask(port: int) -> Any:
    """The plugin's own word for whether it answers: its version, or the code of the refusal."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            return provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty()).version
        except grpc.RpcError as error:
            return error.code()


@pytest.mark.parametrize(
    ("admitted", "answer"), [(True, "1.0.0"), (False, grpc.StatusCode.PERMISSION_DENIED)]
)
def test_who_is_not_admitted_is_told_nothing(admitted: bool, answer: Any) -> None:
    """FID-2: each call is looked at by the addresses of both ends."""
    seen = []

    def admits(own: tuple[str, int], other: tuple[str, int]) -> bool:
        seen.append((own, other[0]))
        return admitted

    server, port = start(servicer(), admits)
    try:
        assert ask(port) == answer
    finally:
        server.stop(grace=None)
    assert seen == [(("127.0.0.1", port), "127.0.0.1")]


def test_its_own_user_is_answered() -> None:
    """As Pulumi's engine is, which is another process."""
    server, port = start(servicer(), is_own_client)
    try:
        assert ask(port) == "1.0.0"
    finally:
        server.stop(grace=None)


def test_it_listens_on_this_machine_alone() -> None:
    """FID-2: the loopback address takes connections, any other address of the machine none."""
    server, port = start(servicer(), is_own_client)
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port))
    finally:
        server.stop(grace=None)


def test_it_ends_when_its_engine_was_killed_and_not_with_ctrl_c(engine: subprocess.Popen[str]) -> None:
    """FID-2: no process stays behind, whatever happened to the engine."""
    assert engine.stdout is not None
    pid, port = map(int, engine.stdout.readline().split())
    assert port > 0
    os.kill(pid, signal.SIGINT)
    os.kill(pid, 0)
    engine.kill()
    engine.wait()
    wait_until(lambda: _gone(pid), what="the plugin has ended")


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
