"""`python -m services.runtime.serve [APP_FACTORY] [--host HOST] [--port PORT]`: runs one service process.

APP_FACTORY is `module:function`; the function takes nothing and returns the ASGI application. By default it
is `create_app` in `services.<name>.app`, where the variable MYELIN_SERVICE has the name. One process, one
event loop: ECS scales by tasks. A process stops on SIGTERM once the requests in flight are answered.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import os
import signal
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING

# what is loaded before the first request stays for good, so looking for garbage in it costs and finds nothing
if __name__ == "__main__":
    gc.disable()

# The images do not contain rich; where it happens to be installed, structlog would load it, and
# never use it here: 0.2 s and 10 MB a process.
# https://docs.python.org/3/reference/import.html#the-module-cache
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]

import uvicorn
from starlette.applications import Starlette

from services.runtime.errors import ServiceError, ServiceSettingsError
from services.runtime.process import descriptors
from services.runtime.process.http_edge import EdgeConfig
from services.runtime.process.lifecycle import describe
from services.runtime.telemetry import logs
from services.runtime.telemetry.line_buffer import LineBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

log = logs.get_logger()

STOP_TIMEOUT_SECONDS = 25
"""Less than the 30 s that ECS waits by default between SIGTERM and SIGKILL (`stopTimeout`)."""

LAST_REQUESTS_SECONDS = 0.3
"""How long connections without a request are kept when the process stops."""

KEEP_ALIVE_SECONDS = 75
"""More than the 60 s for which an ALB keeps an idle connection, so that the server is never the one that
closes it.
"""

COLLECT_AFTER = 20_000
"""Objects made, beyond those given back, after which garbage is looked for; Python's own number is 700."""

WAITING = 2048
"""Connections that the system keeps until they are accepted."""

ACCEPTED_AT_ONCE = 8
"""Connections accepted in one turn of the event loop. Each is looked at two turns later: were they many, all
descriptors would be gone before any could be told that there is no room.
"""


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which tells the application that it drains, and whose process then exits 0."""

    def __init__(self, config: uvicorn.Config, begin_drain: Callable[[], None]) -> None:
        """`begin_drain` is called once, on the first signal."""
        super().__init__(config)
        self._begin_drain = begin_drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """First signal: stop accepting and answer what is in flight. Second: leave at once.

        uvicorn would note the signal and raise it again at the end, so that the process died of it: ECS would
        report an exit code of 143 for a stop in good order.
        """
        if self.should_exit:
            self.force_exit = True
            asyncio.get_running_loop().call_soon_threadsafe(self._abort_connections)
            return
        self._begin_drain()
        log.info("draining", signal=signal.Signals(sig).name, in_flight=len(self.server_state.tasks))
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Let many connections wait, although few are accepted at a time: asyncio has one number for both."""
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                with socket.fromfd(listening.fileno(), listening.family, listening.type) as same:
                    same.listen(WAITING)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and wait a moment for what is on its way on connections that are kept: a request
        that meets a connection which is being closed is lost.
        """
        for server in self.servers:
            server.close()
        if isinstance(self.config, EdgeConfig):
            self.config.clients.draining = True
        if self.server_state.connections and not self.force_exit:
            await asyncio.sleep(LAST_REQUESTS_SECONDS)
        await super().shutdown(sockets)

    def _abort_connections(self) -> None:
        """Close every connection, whatever is in flight on it: since Python 3.12 a server is closed only once
        all of its connections are, and uvicorn waits for that even when it is forced to exit.

        https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.Server.wait_closed
        """
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def own_factory(service: str | None) -> str:
    """The reference of the application of `service`. Raises `ServiceSettingsError` without a name."""
    if not service:
        raise ServiceSettingsError("MYELIN_SERVICE", "is not set, and no APP_FACTORY is given")
    return f"services.{service}.app:service"


def load_factory(reference: str) -> Callable[[], Starlette]:
    """What makes the application that `module:name` names: a service or a function.

    Raises `ServiceError`.
    """
    module, _, name = reference.partition(":")
    try:
        factory = getattr(importlib.import_module(module), name)
    except ServiceError:
        raise
    except Exception as error:
        raise ServiceError(
            f"`{reference}` names no application: {describe(error)}", hint="give it as module:function"
        ) from error
    # a service is composed by its `build`; any other function that makes an application will do as well
    found: Callable[[], Starlette] = getattr(factory, "build", factory)
    return found


def server_config(app: ASGIApp, *, host: str, port: int, room: descriptors.Room | None = None) -> EdgeConfig:
    """How every service is served; by default within the descriptors that this process may have."""
    return EdgeConfig(
        app,
        room=room or descriptors.room_within(descriptors.limit()),
        host=host,
        port=port,
        loop="asyncio",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_TIMEOUT_SECONDS,
    )


def run(app: Starlette, *, host: str, port: int) -> int:
    """Serve `app` until a signal stops it; the exit code, 1 when it never became ready."""
    config = server_config(app, host=host, port=port)
    server = DrainingServer(config, app.state.lifecycle.begin_drain)
    try:
        server.run()
    except SystemExit:
        return 1
    return 0 if server.started else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m services.runtime.serve", description="Run one service process."
    )
    parser.add_argument(
        "factory",
        metavar="APP_FACTORY",
        nargs="?",
        help="module:function that returns the ASGI application (default: that of the service that the "
        "variable MYELIN_SERVICE names)",
    )
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on (default: all)")
    parser.add_argument(
        "--port", type=int, default=None, help="port to listen on (default: the variable PORT, else 8080)"
    )
    given = parser.parse_args(arguments)
    sys.stdout = LineBuffer(sys.stdout)
    name = os.environ.get("MYELIN_SERVICE")
    logs.configure(service=name or "unknown")
    port = given.port if given.port is not None else os.environ.get("PORT") or "8080"
    descriptors.raise_limit()
    try:
        app = load_factory(given.factory or own_factory(name))()
        gc.freeze()
        # a request makes some thousand objects and leaves no cycles behind: look for these less often
        gc.set_threshold(COLLECT_AFTER)
        gc.enable()
        return run(app, host=given.host, port=int(port))
    except ServiceError as error:
        log.critical("service cannot start", problem=error.message, hint=error.hint)
    except ValueError:
        log.critical(
            "service cannot start", problem=f"port `{port}` is not a number", hint="set PORT to 1..65535"
        )
    return 1


if __name__ == "__main__":
    sys.exit(main())
