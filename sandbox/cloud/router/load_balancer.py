"""Handles the requests of one listener of an Application Load Balancer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from aiohttp import web

from sandbox.cloud.access.page_requests import page_refusal
from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.router.actions import FixedResponse, Forward, Redirect, UnsupportedAction, choose_group
from sandbox.cloud.router.conditions import HostHeader, RequestFacts, matches
from sandbox.cloud.router.headers import load_balancer_headers
from sandbox.cloud.router.proxy import Proxy, text_response
from sandbox.cloud.router.table import ApplicationLoadBalancer, Listener, RoutingTable


class ListenerHandler:
    """Handles the requests of one listener by the rules that it has at that moment."""

    def __init__(
        self,
        *,
        load_balancer_arn: str,
        listener_arn: str,
        table: Callable[[], RoutingTable],
        endpoints: Callable[[str], Sequence[TaskEndpoint]],
        proxy: Proxy,
        draw: Callable[[], float],
    ) -> None:
        """`endpoints` gives a service's healthy tasks, `draw` a number from [0, 1) for weighted forwards."""
        self._load_balancer_arn = load_balancer_arn
        self._listener_arn = listener_arn
        self._table = table
        self._endpoints = endpoints
        self._proxy = proxy
        self._draw = draw

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Find the rule that applies, and carry out its action."""
        table = self._table()
        balancer = table.load_balancers.get(self._load_balancer_arn)
        listeners = balancer.listeners if balancer is not None else ()
        listener = next((found for found in listeners if found.arn == self._listener_arn), None)
        if balancer is None or listener is None:
            return _as_load_balancer(text_response(request, 503, "the listener was deleted"))
        facts = request_facts(request)
        refusal = page_refusal(facts.headers, lambda host: serves(balancer, listener, host))
        if refusal is not None:
            return _as_load_balancer(text_response(request, 403, refusal))
        match listener.action_for(facts):
            case Forward() as forward:
                return await self._forward(request, table, balancer, listener, forward)
            case FixedResponse(status=status, content_type=content_type, body=body):
                return _as_load_balancer(web.Response(status=status, content_type=content_type, text=body))
            case Redirect() as redirect:
                location = redirect.location(facts, protocol=listener.protocol, port=listener.port)
                return _as_load_balancer(web.Response(status=redirect.status, headers={"Location": location}))
            case UnsupportedAction(type=name):
                return _as_load_balancer(
                    text_response(request, 500, f"the sandbox does not emulate the listener action `{name}`")
                )
            case other:
                assert_never(other)

    async def _forward(
        self,
        request: web.BaseRequest,
        table: RoutingTable,
        balancer: ApplicationLoadBalancer,
        listener: Listener,
        forward: Forward,
    ) -> web.StreamResponse:
        group = choose_group(forward, self._draw())
        target = table.targets.get(group) if group is not None else None
        if target is None:
            return _as_load_balancer(text_response(request, 503, "the target group has no targets"))
        refusal = table.security.refusal(balancer.peer, table.peer(target.service_key), target.container_port)
        if refusal is not None:
            # an ALB's health checks would not get through either, so the group would have no healthy target
            return _as_load_balancer(text_response(request, 503, f"no healthy target: {refusal}"))
        headers = load_balancer_headers(
            request.headers,
            client=request.remote or "127.0.0.1",
            protocol=listener.protocol,
            port=listener.port,
        )
        response = await self._proxy.forward(
            request,
            target=request.raw_path,
            headers=headers,
            service=target.service_key,
            endpoints=lambda: self._endpoints(target.name),
            patience=balancer.idle_timeout,
        )
        return _as_load_balancer(response)


def _as_load_balancer(response: web.StreamResponse) -> web.StreamResponse:
    if not response.prepared:
        response.headers.setdefault("Server", "awselb/2.0")
    return response


def serves(balancer: ApplicationLoadBalancer, listener: Listener, host: str) -> bool:
    """Whether a listener answers to a name: its balancer's own, or one that a rule of it names.

    A pattern that fits the names of anybody's domain, as `*` or `*.com`, names none.
    """
    if host == balancer.dns_name.lower():
        return True
    named = (
        tuple(value for value in condition.values if not set("*?") & set(_registered(value)))
        for rule in listener.rules
        for condition in rule.conditions
        if isinstance(condition, HostHeader)
    )
    asked = RequestFacts(method="GET", path="/", host=host)
    return any(matches((HostHeader(values),), asked) for values in named if values)


def _registered(pattern: str) -> str:
    """The last two labels of a name: what somebody owns."""
    labels = pattern.rstrip(".").split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 else "*"


def request_facts(request: web.BaseRequest) -> RequestFacts:
    """Take the parts that conditions are about from a request."""
    path, _, query = request.raw_path.partition("?")
    host = request.headers.get("Host", "")
    return RequestFacts(
        method=request.method,
        path=path,
        query=query,
        host=host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host,
        headers=tuple((name.lower(), value) for name, value in request.headers.items()),
        source_ip=request.remote or "127.0.0.1",
    )
