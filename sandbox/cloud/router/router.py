"""Runs all listeners and sidecars of the sandbox.

When AWS changes, the router's watcher reads a new routing table, and listeners are opened and closed.
Requests are routed by the table in memory and the endpoints that the task runner publishes; the emulator is
not asked.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.cloud.ecs.endpoint import TaskEndpoint, TrafficSplit
from sandbox.cloud.ecs.reader import READ_FAILURES
from sandbox.cloud.faults.board import FaultBoard
from sandbox.cloud.router.balance import Balancer
from sandbox.cloud.router.connections.sites import RequestHandler, Site, listen
from sandbox.cloud.router.errors import RouterError
from sandbox.cloud.router.listeners import ListenerPorts
from sandbox.cloud.router.load_balancer import ListenerHandler
from sandbox.cloud.router.proxy import Proxy
from sandbox.cloud.router.reader import RoutingTableReader
from sandbox.cloud.router.sidecar import SidecarHandler, VpcDoor
from sandbox.cloud.router.table import ListenerKey, RoutingTable
from sandbox.cloud.watching import ReadPace, Watcher

_PACE = ReadPace(spacing=0.25)
"""A deployment waits for tasks and hardly ever for a route: reading routes gives way a little longer."""

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
        pace: ReadPace = _PACE,
        faults: FaultBoard | None = None,
        split: Callable[[str], TrafficSplit | None] = lambda _: None,
    ) -> None:
        """Nothing listens before `start`.

        `aws` gives a boto3 client by service name; `endpoints` the healthy tasks of a service
        (`cluster/name`), and is asked for each request, so it must be fast. The first load balancer's entry
        listener (see `Listener.rank`) gets `load_balancer_port`, 0 takes a free one. `draw` gives a number
        from [0, 1) for weighted forwards; `pace` says how often AWS is read; `faults` are those of services.
        `split` says between which revisions of a service the mesh splits its traffic.
        """
        self._endpoints = endpoints
        self._draw = draw
        self._split = split
        self._balancer = Balancer()
        self._table = RoutingTable()
        self._listeners = ListenerPorts(load_balancer_port, self._listener_handler)
        self._sidecars: dict[str, Site] = {}
        self._door: Site | None = None
        self._lock = threading.Lock()
        self._background: set[asyncio.Task[None]] = set()
        self._pace = pace
        self._faults = faults
        self._watcher = Watcher(
            "sandbox-router",
            read=RoutingTableReader(aws).table,
            react=self._follow,
            expected=READ_FAILURES,
            opening=self._open,
            closing=self._close,
            pace=pace,
        )

    def start(self) -> None:
        """Take the fixed port, if there is one, and begin; raises ListenerPortInUseError."""
        self._listeners.reserve()
        self._watcher.start()

    def notify(self) -> None:
        """Something in ELBv2, ECS or EC2 changed: read again soon. Does not block."""
        self._watcher.notify()

    def sidecar_url(self, service_name: str) -> str:
        """The URL of the mesh proxy of a calling service (`cluster/name`).

        Its port is bound at the first call and kept until `stop`.
        """
        with self._lock:
            site = self._sidecars.get(service_name)
            if site is None:
                site = self._sidecars[service_name] = Site(listen(0))
                self._watcher.call(self._serve_sidecar, service_name, site)
        return site.url

    def vpc_door_url(self) -> str:
        """The URL of the proxy by which functions in the VPC reach load balancers; call it before `start`."""
        if self._door is None:
            self._door = Site(listen(0))
        return self._door.url

    def in_flight(self, endpoint: TaskEndpoint) -> int:
        """How many requests are open on a task."""
        return self._balancer.in_flight(endpoint)

    def rule_weights(self, rule_arn: str) -> Mapping[str, int] | None:
        """The target groups and weights of a rule by which requests are routed now; None for no such rule."""
        return self._table.rule_weights(rule_arn)

    def status(self) -> dict[str, Any]:
        """`load_balancers`, each with its entry listener first, and `mesh` of the status document."""
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
        self._watcher.stop(_STOP_SECONDS)

    async def _open(self) -> None:
        self._proxy = Proxy(self._balancer, self._faults)
        with self._lock:
            for service_name, site in self._sidecars.items():
                self._serve_sidecar(service_name, site)
        if self._door is not None:
            await self._door.serve(VpcDoor(table=lambda: self._table, handler=self._listener_handler))

    async def _close(self) -> None:
        sites = [*self._sidecars.values(), *([self._door] if self._door is not None else [])]
        closing = [self._listeners.close(), *(site.close() for site in sites)]
        await asyncio.gather(*closing, return_exceptions=True)
        await self._proxy.close()

    async def _follow(self, table: RoutingTable | None) -> float | None:
        """Take over a new table; returns when to try again if a port could not be opened."""
        if table is not None:
            self._table = table
        try:
            await self._listeners.follow(self._table)
        except RouterError as error:
            _logger.warning("%s", error.message)
            return time.monotonic() + self._pace.retry
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
            caller=service_name,
            table=lambda: self._table,
            endpoints=self._endpoints,
            proxy=self._proxy,
            split=self._split,
            draw=self._draw,
        )
        serving = asyncio.get_running_loop().create_task(site.serve(handler))
        self._background.add(serving)
        serving.add_done_callback(self._background.discard)
