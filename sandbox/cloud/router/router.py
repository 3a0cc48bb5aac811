"""Plays load balancers and the mesh. Composition and control loop of `sandbox.cloud.router`.

One thread, one event loop. Told that AWS changed, it reads a new table and opens and closes listeners;
requests are answered from the table in memory and from the endpoints that the task runner publishes, never
from the emulator.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.ecs.reader import READ_FAILURES
from sandbox.cloud.router.balance import Balancer
from sandbox.cloud.router.errors import RouterError
from sandbox.cloud.router.listeners import ListenerPorts
from sandbox.cloud.router.load_balancer import ListenerHandler
from sandbox.cloud.router.proxy import Proxy
from sandbox.cloud.router.reader import RoutingTableReader
from sandbox.cloud.router.sidecar import SidecarHandler
from sandbox.cloud.router.sites import RequestHandler, Site, listen
from sandbox.cloud.router.table import ListenerKey, RoutingTable

_READ_SPACING = 0.25
"""Seconds between two reads, so that a burst of changes does not keep the emulator busy with them."""

_READ_SHARE = 4
"""Pause after a read, in times of its own duration: reading takes at most a fifth of the emulator's time."""

_LONGEST_PAUSE = 1.0
"""Seconds; the very first read also waits for the emulator to load."""

_RETRY_READ = 0.5
_RETRY_FAILURE = 5.0
"""Seconds after a failure that nobody foresaw; it is in the log each time."""

_STOP_SECONDS = 10.0
_logger = logging.getLogger(__name__)


class Router:
    """Listeners and sidecars on loopback. All methods may be called from any thread."""

    def __init__(
        self,
        aws: Callable[[str], Any],
        endpoints: Callable[[str], Sequence[TaskEndpoint]],
        load_balancer_port: int = 0,
        *,
        draw: Callable[[], float] = random.random,
        retry_seconds: float = _RETRY_FAILURE,
    ) -> None:
        """Nothing listens before `start`.

        `aws` gives a boto3 client by service name; `endpoints` the healthy tasks of a service
        (`cluster/name`), and is asked for each request, so it must be fast. The first load balancer's entry
        listener (see `Listener.rank`) gets `load_balancer_port`, 0 takes a free one. `draw` gives a number
        from [0, 1) for weighted forwards; `retry_seconds` is the pause after an unforeseen failure.
        """
        self._retry_seconds = retry_seconds
        self._reader = RoutingTableReader(aws)
        self._endpoints = endpoints
        self._draw = draw
        self._balancer = Balancer()
        self._table = RoutingTable()
        self._listeners = ListenerPorts(load_balancer_port, self._listener_handler)
        self._sidecars: dict[str, Site] = {}
        self._lock = threading.Lock()
        self._stale = True
        self._read_after = 0.0
        self._stopping = False
        self._event = asyncio.Event()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take the fixed port, if there is one, and begin; raises PortInUseError."""
        self._listeners.reserve()
        self._thread = threading.Thread(target=self._run, name="sandbox-router", daemon=True)
        self._thread.start()
        self._ready.wait()

    def notify(self) -> None:
        """Something in ELBv2, ECS or EC2 changed: read again soon. Does not block."""
        self._stale = True
        self._wake()

    def sidecar_url(self, service_name: str) -> str:
        """The mesh proxy of a calling service (`cluster/name`).

        Its port is taken at once and kept until `stop`.
        """
        with self._lock:
            site = self._sidecars.get(service_name)
            if site is None:
                site = self._sidecars[service_name] = Site(listen(0))
                self._call(self._serve_sidecar, service_name, site)
        return site.url

    def in_flight(self, endpoint: TaskEndpoint) -> int:
        """How many requests are open on a task."""
        return self._balancer.in_flight(endpoint)

    def status(self) -> dict[str, Any]:
        """`load_balancers` and `mesh` of the status document; of the listeners the entry is the first."""
        table, urls = self._table, self._listeners.urls()
        return {
            "load_balancers": [
                {
                    "name": balancer.name,
                    "dns_name": balancer.dns_name,
                    "listeners": [
                        {"port": listener.port, "url": urls[balancer.arn, listener.arn]}
                        for listener in balancer.ranked
                        if (balancer.arn, listener.arn) in urls
                    ],
                }
                for balancer in table.load_balancers.values()
            ],
            "mesh": [
                {
                    "name": alias.name,
                    "port": alias.port,
                    "endpoints": [endpoint.address for endpoint in self._endpoints(service.key)],
                }
                for _, service in sorted(table.services.items())
                for alias in service.aliases
            ],
        }

    def stop(self) -> None:
        """Close every port; returns when that is done. A second call does nothing."""
        self._stopping = True
        self._wake()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
            self._thread = None

    def _wake(self) -> None:
        self._call(self._set_event)

    def _set_event(self) -> None:
        self._event.set()

    def _call(self, function: Callable[..., Any], *arguments: Any) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(function, *arguments)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._proxy = Proxy(self._balancer)
        self._event = asyncio.Event()
        self._event.set()
        self._background: set[asyncio.Task[None]] = set()
        with self._lock:
            self._loop = asyncio.get_running_loop()
            for service_name, site in self._sidecars.items():
                self._serve_sidecar(service_name, site)
        self._ready.set()
        try:
            await self._control()
        finally:
            self._loop = None
            closing = [self._listeners.close(), *(site.close() for site in self._sidecars.values())]
            await asyncio.gather(*closing, return_exceptions=True)
            await self._proxy.close()

    async def _control(self) -> None:
        wake_at: float | None = None
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(wake_at):
                    await self._event.wait()
            self._event.clear()
            wake_at = None if self._stopping else await self._read_if_stale()

    async def _read_if_stale(self) -> float | None:
        """Read the table again when AWS changed.

        Returns when to try again, if it was too early or did not work.
        """
        if not self._stale:
            return None
        if self._read_after > (begun := time.monotonic()):
            return self._read_after
        self._stale = False
        try:
            table = await asyncio.to_thread(self._reader.table)
        except READ_FAILURES as error:
            _logger.info("reading the routes failed, trying again: %s", error)
            self._stale = True
            return time.monotonic() + _RETRY_READ
        except Exception:
            # what the last table says goes on
            _logger.exception("reading the routes failed")
            self._stale = True
            return time.monotonic() + self._retry_seconds
        finally:
            ended = time.monotonic()
            self._read_after = ended + min(max(_READ_SPACING, _READ_SHARE * (ended - begun)), _LONGEST_PAUSE)
        self._table = table
        try:
            await self._listeners.follow(table)
        except RouterError as error:
            _logger.warning("%s", error.message)
            self._stale = True
            return time.monotonic() + _RETRY_READ
        return None

    def _listener_handler(self, key: ListenerKey) -> RequestHandler:
        return ListenerHandler(
            load_balancer_arn=key[0],
            listener_arn=key[1],
            table=lambda: self._table,
            endpoints=self._endpoints,
            proxy=self._proxy,
            draw=self._draw,
        )

    def _serve_sidecar(self, service_name: str, site: Site) -> None:
        handler = SidecarHandler(
            caller=service_name, table=lambda: self._table, endpoints=self._endpoints, proxy=self._proxy
        )
        serving = asyncio.get_running_loop().create_task(site.serve(handler))
        self._background.add(serving)
        serving.add_done_callback(self._background.discard)
