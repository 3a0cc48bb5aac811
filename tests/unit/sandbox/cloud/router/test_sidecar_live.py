"""A sidecar in front of real tasks."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.cloud.ecs.endpoint import TaskEndpoint, TrafficSplit
from sandbox.cloud.ecs.service import ClientAlias, TestHeader
from sandbox.cloud.router.balance import Balancer
from sandbox.cloud.router.proxy import Proxy
from sandbox.cloud.router.security import UNKNOWN_PEER
from sandbox.cloud.router.sidecar import SidecarHandler, split_authority
from sandbox.cloud.router.table import MeshService, RoutingTable
from sandbox.cloud.tasks.ports import free_port
from tests.support.router.echo_task import get, header
from tests.support.router.fixtures import Serve
from tests.support.waiting import wait_until


class Mesh:
    """Endpoints that a test can change, and a client that goes through the sidecar."""

    def __init__(
        self, serve: Serve, proxy: Proxy, *endpoints: TaskEndpoint, timeout: float | None = 5
    ) -> None:
        self.endpoints = list(endpoints)
        alias = ClientAlias(name="axon", port=8081, container_port=1, request_timeout=timeout)
        table = RoutingTable(
            services={
                "test/orbit": MeshService(key="test/orbit", peer=UNKNOWN_PEER, namespace="ns"),
                "test/axon": MeshService(
                    key="test/axon", peer=UNKNOWN_PEER, namespace="ns", aliases=(alias,)
                ),
            }
        )
        handler = SidecarHandler(
            caller="test/orbit", table=lambda: table, endpoints=lambda _: self.endpoints, proxy=proxy
        )
        self.url = serve(handler)
        self.client = httpx.Client(verify=False, proxy=self.url, timeout=10)

    def raw(self, *parts: bytes) -> bytes:
        """Bytes in, bytes out, until the sidecar closes."""
        address = urlsplit(self.url)
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
            for part in parts:
                connection.sendall(part)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received


Start = Callable[..., Mesh]


@pytest.fixture
def start(serve: Serve, proxy: Proxy) -> Iterator[Start]:
    """Sidecars over given endpoints; their clients are closed in the end."""
    made: list[Mesh] = []

    def begin(*endpoints: TaskEndpoint, timeout: float | None = 5) -> Mesh:
        made.append(Mesh(serve, proxy, *endpoints, timeout=timeout))
        return made[-1]

    yield begin
    for mesh in made:
        mesh.client.close()


def dead_endpoint() -> TaskEndpoint:
    return TaskEndpoint(task_id="dead", port=free_port((), random.Random()))


def test_a_request_arrives_as_it_was_sent(start: Start, task: TaskEndpoint) -> None:
    """MSH-1: method, raw path and query, headers, Host and body are those that the caller signed."""
    mesh = start(task)
    answer = mesh.client.request(
        "PUT",
        "http://axon:8081/a/./b%2Fc/../~x//y?q=%20&q=+&&z",
        content=b"body",
        headers={"Authorization": "AWS4 x", "X-Two": "1", "TE": "trailers"},
    )
    seen = answer.json()
    assert (seen["method"], seen["body"]) == ("PUT", "body")
    assert header(seen, "host") == ["axon:8081"]
    assert header(seen, "authorization") == ["AWS4 x"]
    assert header(seen, "te") == []
    assert header(seen, "content-length") == ["4"]
    line = b"GET http://axon:8081/a/./b%2Fc/../~x//y?q=%20&q=+&&z HTTP/1.1\r\nHost: axon:8081\r\n"
    assert b'"path": "/a/./b%2Fc/../~x//y?q=%20&q=+&&z"' in mesh.raw(line + b"Connection: close\r\n\r\n")


def test_an_answer_comes_back_as_it_was_given(start: Start, task: TaskEndpoint) -> None:
    """Repeated headers stay, hop-by-hop headers do not; HEAD and 204 have no body."""
    mesh = start(task)
    answer = mesh.client.get("http://axon:8081/")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "x-hop" not in answer.headers
    head = mesh.client.head("http://axon:8081/")
    assert int(head.headers["content-length"]) > 0
    assert head.content == b""
    assert mesh.client.get("http://axon:8081/empty").status_code == 204


def test_bodies_are_streamed_both_ways(start: Start, task: TaskEndpoint) -> None:
    """Large and chunked request bodies, and a chunked answer that is not decoded on the way."""
    mesh = start(task)
    large = b"x" * 3_000_000
    assert mesh.client.post("http://axon:8081/", content=large).json()["body"] == len(large)
    assert mesh.client.post("http://axon:8081/", content=iter([b"ab", b"cd"])).json()["body"] == "abcd"
    with mesh.client.stream("GET", "http://axon:8081/stream") as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert b"".join(answer.iter_raw()) == b"abcde" * 3


def test_expect_100_continue_is_answered(start: Start, task: TaskEndpoint) -> None:
    """A client that waits for 100 before its body gets it."""
    request = (
        b"POST http://axon:8081/ HTTP/1.1\r\nHost: axon:8081\r\nContent-Length: 2\r\n"
        b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    received = start(task).raw(request, b"hi")
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert b'"body": "hi"' in received


def test_a_connection_to_the_sidecar_is_kept(start: Start, task: TaskEndpoint) -> None:
    """Two requests on one connection."""
    one = b"GET http://axon:8081/1 HTTP/1.1\r\nHost: axon:8081\r\n\r\n"
    two = b"GET http://axon:8081/2 HTTP/1.1\r\nHost: axon:8081\r\nConnection: close\r\n\r\n"
    received = start(task).raw(one + two)
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_a_connect_failure_is_tried_on_another_task(start: Start, task: TaskEndpoint) -> None:
    """MSH-1: half of the tasks are gone, and no request fails."""
    mesh = start(dead_endpoint(), task)
    for _ in range(10):
        assert mesh.client.post("http://axon:8081/", content=b"x" * 100_000).status_code == 200


def test_nothing_is_repeated_once_bytes_were_sent(
    start: Start, task: TaskEndpoint, other_task: TaskEndpoint
) -> None:
    """A task that breaks off gives 502, although another one is there."""
    answer = start(task, other_task).client.get("http://axon:8081/drop")
    assert answer.status_code == 502
    assert "closed the connection without an answer" in answer.text


def test_without_a_task_that_answers_it_is_502_or_503(start: Start) -> None:
    """MSH-1: no healthy task is 503, tasks that cannot be reached are 502, both with words."""
    nobody = start().client.get("http://axon:8081/")
    assert (nobody.status_code, nobody.text) == (503, "no healthy task\n")
    dead = start(dead_endpoint()).client.get("http://axon:8081/")
    assert dead.status_code == 502
    assert "cannot be reached" in dead.text


def test_a_late_answer_is_504(start: Start, task: TaskEndpoint) -> None:
    """MSH-1: Service Connect's per-request timeout."""
    answer = start(task, timeout=0.2).client.get("http://axon:8081/slow?3")
    assert (answer.status_code, answer.text) == (504, "the task did not answer within 0.2 s\n")


def test_a_broken_answer_is_not_passed_off_as_whole(start: Start, task: TaskEndpoint) -> None:
    """When the task breaks off within its body, so does the connection to the caller."""
    with pytest.raises(httpx.RemoteProtocolError):
        start(task).client.get("http://axon:8081/half")


def test_nothing_leaves_the_machine(start: Start, task: TaskEndpoint) -> None:
    """ZTN-1: other names and tunnels are refused with 403."""
    mesh = start(task)
    assert mesh.client.get("http://example.com/").status_code == 403
    assert mesh.client.get("http://axon:80/").status_code == 403
    with pytest.raises(httpx.ProxyError, match="403"):
        mesh.client.get("https://example.com/")


def test_a_request_without_a_proxy_form_goes_by_its_host(start: Start, task: TaskEndpoint) -> None:
    """A client that is pointed at the sidecar itself is served by its Host header."""
    mesh = start(task)
    assert get(f"{mesh.url}/x", headers={"Host": "axon:8081"}).json()["path"] == "/x"
    assert get(f"{mesh.url}/x").status_code == 403


def test_requests_in_flight_are_counted(start: Start, balancer: Balancer, task: TaskEndpoint) -> None:
    """A draining task can be waited for."""
    mesh = start(task)
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(mesh.client.get("http://axon:8081/slow?0.5").status_code)
    )
    asking.start()
    wait_until(lambda: balancer.in_flight(task) == 1)
    mesh.endpoints.clear()
    asking.join()
    assert answers == [200]
    wait_until(lambda: balancer.in_flight(task) == 0)


@pytest.mark.parametrize(
    ("authority", "expected"),
    [("axon:8081", ("axon", 8081)), ("axon", ("axon", 80)), ("axon:x", ("axon", 0)), ("", ("", 80))],
)
def test_authorities_are_taken_apart(authority: str, expected: tuple[str, int]) -> None:
    """No port is 80; a port that is none matches nothing."""
    assert split_authority(authority) == expected


def test_a_page_cannot_call_through_the_mesh(serve: Serve, proxy: Proxy, task: TaskEndpoint) -> None:
    """FID-2: neither from another origin, nor by a name that was made to point here."""
    mesh = Mesh(serve, proxy, task)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert get(f"{mesh.url}/x", headers={"Host": "axon:8081", **headers}).status_code == 403
    assert get(f"{mesh.url}/x", headers={"Host": "evil.example"}).status_code != 200


def test_traffic_goes_to_revisions_by_their_shares_and_test_traffic_by_its_header(
    serve: Serve, proxy: Proxy, task: TaskEndpoint
) -> None:
    """DEL-4: Service Connect's production shares, and its header for the revision that is tested."""
    alias = ClientAlias(
        name="axon", port=8081, container_port=1, test_header=TestHeader(name="x-test", value="true")
    )
    orbit = MeshService(key="test/orbit", peer=UNKNOWN_PEER, namespace="ns")
    axon = MeshService(key="test/axon", peer=UNKNOWN_PEER, namespace="ns", aliases=(alias,))
    table = RoutingTable(services={"test/orbit": orbit, "test/axon": axon})
    asked: list[str] = []
    draws = iter([0.0, 0.94, 0.95, 0.99])

    def endpoints(name: str) -> list[TaskEndpoint]:
        asked.append(name)
        return [task]

    url = serve(
        SidecarHandler(
            caller="test/orbit",
            table=lambda: table,
            endpoints=endpoints,
            proxy=proxy,
            split=lambda _: TrafficSplit(production=(("blue", 95), ("green", 5)), test="tested"),
            draw=lambda: next(draws),
        )
    )
    with httpx.Client(verify=False, proxy=url, timeout=10) as client:
        for headers in ({}, {"X-Test": "false"}, {}, {}, {"X-Test": "true"}):
            assert client.get("http://axon:8081/", headers=headers).status_code == 200
    assert asked == ["blue", "blue", "green", "green", "tested"]


def test_a_split_without_a_revision_has_no_task() -> None:
    """Before the first shift of a first deployment nobody is asked."""
    assert TrafficSplit().choose(0.5) == ""
    assert TrafficSplit(production=(("green", 0.0), ("blue", 100.0))).choose(0.0) == "blue"
