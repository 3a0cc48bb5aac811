"""The way from a function in the VPC to a load balancer. DEL-4."""

from __future__ import annotations

import httpx
import pytest
from aiohttp import web

from sandbox.cloud.router.connections.sites import RequestHandler
from sandbox.cloud.router.sidecar import VpcDoor
from sandbox.cloud.router.table import ApplicationLoadBalancer, Listener, ListenerKey, RoutingTable
from tests.support.router.fixtures import Serve

BALANCER = ApplicationLoadBalancer(
    arn="lb",
    name="lb",
    dns_name="Internal-LB.elb.amazonaws.com",
    listeners=(
        Listener(arn="http", port=80, protocol="HTTP"),
        Listener(arn="test", port=8080, protocol="HTTP"),
    ),
)


def listener(key: ListenerKey) -> RequestHandler:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=f"{key[1]} {request.raw_path} {request.headers['Host']}")

    return answer


@pytest.fixture
def door(serve: Serve) -> str:
    table = RoutingTable(load_balancers={"lb": BALANCER})
    return serve(VpcDoor(table=lambda: table, handler=listener))


def test_a_listener_is_reached_by_name_and_port(door: str) -> None:
    """It gets the request as it would have come by itself."""
    with httpx.Client(proxy=door, timeout=10) as client:
        answer = client.get("http://internal-lb.elb.amazonaws.com:8080/health?x=1")
    assert answer.text == "test /health?x=1 internal-lb.elb.amazonaws.com:8080"


@pytest.mark.parametrize("url", ["http://internal-lb.elb.amazonaws.com:81/", "http://example.com/"])
def test_nothing_else_is_reached(door: str, url: str) -> None:
    """Nothing leaves the machine."""
    with httpx.Client(proxy=door, timeout=10) as client:
        answer = client.get(url)
    assert answer.status_code == 403
    assert "nothing else can be reached" in answer.text
