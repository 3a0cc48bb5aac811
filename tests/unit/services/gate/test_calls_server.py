"""The inner port."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from starlette.responses import PlainTextResponse

from services.gate.calls_server import CallsServer
from services.runtime.errors import ServiceError
from tests.support.services.processes import free_port


def test_it_listens_on_loopback_until_it_is_closed() -> None:
    """A second `open` does nothing; what is asked before the end is answered; then the port is free again."""
    port = free_port()

    async def run() -> tuple[str, str]:
        server = CallsServer(PlainTextResponse("here"), port=port)
        await server.open()
        await server.open()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/")
        await server.close()
        return answer.text, str(answer.headers.get("content-type"))

    assert asyncio.run(run()) == ("here", "text/plain; charset=utf-8")
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_port_that_is_taken_ends_the_start() -> None:
    """The error names the port and the variable."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=f"port {port} of loopback") as caught:
            asyncio.run(CallsServer(PlainTextResponse("x"), port=port).open())
    assert "GATE_URL" in caught.value.hint


def test_what_was_not_opened_needs_no_closing() -> None:
    """A start that failed before ends all the same, and leaves alone what has the port."""
    with socket.socket() as taken, socket.socket() as client:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        asyncio.run(CallsServer(PlainTextResponse("x"), port=taken.getsockname()[1]).close())
        assert client.connect_ex(taken.getsockname()) == 0
