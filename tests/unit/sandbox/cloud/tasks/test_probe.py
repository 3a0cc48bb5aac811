"""One look at the health of a task."""

from __future__ import annotations

import asyncio
import random

import pytest

from sandbox.cloud.ecs.definition import HealthCheck
from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.tasks.ports import free_port
from sandbox.cloud.tasks.probe import Prober


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
