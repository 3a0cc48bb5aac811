"""The server of a service, in a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from services.runtime.serve import server_config
from tests.support.waiting import wait_until


@contextmanager
def serving(app: ASGIApp) -> Iterator[tuple[str, int]]:
    """The address of a real server, configured as a service's own."""
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, what="the server has started")
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
