"""Choosing a task, and headers on their way."""

from __future__ import annotations

from multidict import CIMultiDict

from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.router.balance import Balancer
from sandbox.cloud.router.headers import load_balancer_headers, new_trace_id, trace_header, without_hop_by_hop

A, B, C = (TaskEndpoint(task_id=name, port=port) for name, port in (("a", 1), ("b", 2), ("c", 3)))


def test_idle_tasks_take_turns() -> None:
    """Equal tasks get equally many requests."""
    balancer = Balancer()
    chosen = [balancer.choose([A, B, C]) for _ in range(30)]
    assert [chosen.count(endpoint) for endpoint in (A, B, C)] == [10, 10, 10]


def test_a_busy_task_is_spared() -> None:
    """The task with the fewest open requests is chosen, and a request is open until its block ends."""
    balancer = Balancer()
    with balancer.count_request(A), balancer.count_request(B), balancer.count_request(B):
        assert {balancer.choose([A, B]) for _ in range(5)} == {A}
        assert (balancer.in_flight(A), balancer.in_flight(B)) == (1, 2)
    assert (balancer.in_flight(A), balancer.in_flight(B)) == (0, 0)


def test_a_tried_task_is_not_chosen_again() -> None:
    """Nothing left is None."""
    assert Balancer().choose([A, B], tried=[A]) == B
    assert Balancer().choose([A], tried=[A]) is None


def test_hop_by_hop_headers_stay_behind() -> None:
    """RFC 9110 7.6.1: the fixed ones and those that Connection names; the rest keeps order and spelling."""
    headers = CIMultiDict(
        [("Connection", "close, X-Secret"), ("X-Secret", "1"), ("x-Keep", "1"), ("TE", "t"), ("x-Keep", "2")]
    )
    assert list(without_hop_by_hop(headers).items()) == [("x-Keep", "1"), ("x-Keep", "2")]


def test_the_load_balancer_says_who_asked() -> None:
    """MSH-2: X-Forwarded-For is appended to, Proto and Port are replaced, Host stays."""
    headers = CIMultiDict({"Host": "api", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "lie"})
    sent = load_balancer_headers(
        headers, client="127.0.0.1", protocol="HTTPS", port=443, trace=lambda: "1-a-b"
    )
    assert dict(sent) == {
        "Host": "api",
        "X-Forwarded-For": "1.2.3.4, 127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "443",
        "X-Amzn-Trace-Id": "Root=1-a-b",
    }


def test_the_trace_header_keeps_its_root() -> None:
    """OBS-4: a root that came stays, and this hop is added as Self; other fields are kept."""
    assert trace_header(None, "t") == "Root=t"
    assert trace_header("Root=r;Sampled=1", "t") == "Self=t;Root=r;Sampled=1"
    assert trace_header("Self=old;Root=r", "t") == "Self=t;Root=r"
    version, seconds, random_part = new_trace_id().split("-")
    assert (version, len(seconds), len(random_part)) == ("1", 8, 24)
