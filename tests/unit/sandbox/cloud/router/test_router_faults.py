"""Faults of a service, played by the router in front of a real task."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.ecs.service import ClientAlias
from sandbox.cloud.faults.board import FaultBoard
from sandbox.cloud.faults.fault import Fault
from sandbox.cloud.router.balance import Balancer
from sandbox.cloud.router.faults import played
from sandbox.cloud.router.proxy import Proxy
from sandbox.cloud.router.security import UNKNOWN_PEER
from sandbox.cloud.router.sidecar import SidecarHandler
from sandbox.cloud.router.table import MeshService, RoutingTable
from tests.support.router.echo_task import Loop
from tests.support.router.fixtures import Serve


@pytest.fixture
def board() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def client(
    loop: Loop, serve: Serve, board: FaultBoard, balancer: Balancer, task: TaskEndpoint
) -> Iterator[httpx.Client]:
    """Asks axon through orbit's sidecar; an answer may take 0.5 s."""

    async def make() -> Proxy:
        return Proxy(balancer, board)

    alias = ClientAlias(name="axon", port=8081, container_port=1, request_timeout=0.5)
    table = RoutingTable(
        services={
            "test/orbit": MeshService(key="test/orbit", peer=UNKNOWN_PEER, namespace="ns"),
            "test/axon": MeshService(key="test/axon", peer=UNKNOWN_PEER, namespace="ns", aliases=(alias,)),
        }
    )
    proxy = loop.run(make())
    handler = SidecarHandler(
        caller="test/orbit", table=lambda: table, endpoints=lambda _: [task], proxy=proxy
    )
    with httpx.Client(verify=False, proxy=serve(handler), base_url="http://axon:8081", timeout=10) as made:
        yield made
    loop.run(proxy.close())


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"down": True}, 502),
        ({"throttle": 1}, 429),
        ({"errors": 1}, 500),
        ({"latency": 30}, 504),
        ({"latency": 0.01}, 200),
    ],
)
def test_a_fault_strikes_the_service(
    client: httpx.Client, board: FaultBoard, fault: dict[str, float], status: int
) -> None:
    """Each kind has its status, a latency beyond the request's time is a time-out; afterwards all is well."""
    board.begin(Fault.read({"target": "service:test/axon", "seconds": 60, **fault}))
    answer = client.get("/")
    assert answer.status_code == status
    assert (answer.headers.get("retry-after") == "1") == (status == 429)
    board.end("service:test/axon")
    assert client.get("/").status_code == 200


def test_without_a_fault_nothing_is_played(loop: Loop) -> None:
    """A request goes on, and is not even looked at."""
    assert loop.run(played(FaultBoard(), "test/axon", None)) is None  # type: ignore[arg-type]


def test_other_services_are_left_alone(client: httpx.Client, board: FaultBoard) -> None:
    """A fault is its target's alone."""
    board.begin(Fault(target="service:test/orbit", seconds=60, down=True))
    assert client.get("/").status_code == 200
