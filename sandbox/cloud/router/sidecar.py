"""Forward proxies: Service Connect's of one calling service, and the way out of functions in the VPC."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from aiohttp import web

from sandbox.cloud.access.page_requests import page_refusal
from sandbox.cloud.ecs.endpoint import TaskEndpoint, TrafficSplit
from sandbox.cloud.router.connections.sites import RequestHandler
from sandbox.cloud.router.headers import without_hop_by_hop
from sandbox.cloud.router.mesh import MeshRefusal, MeshRoute, resolve
from sandbox.cloud.router.proxy import Proxy, text_response
from sandbox.cloud.router.table import ListenerKey, RoutingTable

_ABSOLUTE = re.compile(r"http://(?P<authority>[^/?#]*)(?P<target>.*)", re.IGNORECASE | re.DOTALL)
_HTTP_PORT = 80


class SidecarHandler:
    """Handles the outgoing requests of one service."""

    def __init__(
        self,
        *,
        caller: str,
        table: Callable[[], RoutingTable],
        endpoints: Callable[[str], Sequence[TaskEndpoint]],
        proxy: Proxy,
        split: Callable[[str], TrafficSplit | None] = lambda _: None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`caller` is `cluster/name`; `endpoints` gives the healthy tasks of a service, or of a revision.

        `split` says between which revisions a service's traffic is split, `draw` gives a number from [0, 1).
        """
        self._caller = caller
        self._table = table
        self._endpoints = endpoints
        self._proxy = proxy
        self._split = split
        self._draw = draw

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Resolve the host in the request's target, or else in its Host header, and forward the request."""
        # a name that was made to point here is none of the mesh's, and finds no route
        refusal = page_refusal(
            ((name.lower(), value) for name, value in request.headers.items()), lambda _: True
        )
        if refusal is not None:
            return text_response(request, 403, refusal)
        if request.method == "CONNECT":
            text = f"no tunnel to `{request.raw_path}`: nothing outside can be reached from the sandbox"
            return text_response(request, 403, text)
        authority, target = absolute_target(request)
        host, port = split_authority(authority)
        route = resolve(self._table(), self._caller, host, port)
        if isinstance(route, MeshRefusal):
            return text_response(request, route.status, route.text)
        name = self._revision(route, request)
        headers = without_hop_by_hop(request.headers)
        headers.popall("Expect", None)
        headers.setdefault("Host", authority)
        return await self._proxy.forward(
            request,
            target=target if target.startswith("/") else f"/{target}",
            headers=headers,
            service=route.service_key,
            endpoints=lambda: self._endpoints(name),
            patience=route.alias.request_timeout,
        )

    def _revision(self, route: MeshRoute, request: web.BaseRequest) -> str:
        """What the tasks are asked for by: the service, or one of its revisions where two of them run."""
        split = self._split(route.service_key)
        if split is None:
            return route.service_key
        header = route.alias.test_header
        given = request.headers.get(header.name)
        tests = given is not None and header.value in (None, given)
        return split.test if tests else split.choose(self._draw())


class VpcDoor:
    """Handles the outgoing requests of functions that stand in the VPC.

    A function finds a load balancer by its DNS name, which resolves to nothing here. Whether its security
    group would let it through is not judged.
    """

    def __init__(
        self, *, table: Callable[[], RoutingTable], handler: Callable[[ListenerKey], RequestHandler]
    ) -> None:
        """`handler` makes the handler of a listener's requests."""
        self._table = table
        self._handler = handler

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Hand the request to the listener that its address names; nothing else can be reached."""
        authority, target = absolute_target(request)
        host, port = split_authority(authority)
        for balancer in self._table().load_balancers.values():
            for listener in balancer.listeners:
                if (balancer.dns_name.lower(), listener.port) == (host.lower(), port):
                    handler = self._handler((balancer.arn, listener.arn))
                    return await handler(request.clone(rel_url=target or "/"))
        text = f"`{authority}` is no listener of a load balancer, and nothing else can be reached from here"
        return text_response(request, 403, text)


def absolute_target(request: web.BaseRequest) -> tuple[str, str]:
    """Authority and target of a request to a proxy, whose target is a whole URL; else its Host header's."""
    absolute = _ABSOLUTE.fullmatch(request.raw_path)
    if absolute is None:
        return request.headers.get("Host", ""), request.raw_path
    return absolute["authority"], absolute["target"]


def split_authority(authority: str) -> tuple[str, int]:
    """Split an authority into host and port: 80 without a port, 0 if the port is not a number."""
    host, colon, port = authority.rpartition(":")
    if not colon:
        return authority, _HTTP_PORT
    return host, int(port) if port.isdigit() else 0
