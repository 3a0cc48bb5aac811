"""A listener in front of real tasks."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.router.actions import FixedResponse, Forward, ListenerAction, Redirect, UnsupportedAction
from sandbox.cloud.router.conditions import HostHeader, PathPattern, RuleCondition
from sandbox.cloud.router.load_balancer import ListenerHandler
from sandbox.cloud.router.proxy import Proxy
from sandbox.cloud.router.security import ConnectionPeer
from sandbox.cloud.router.table import (
    ApplicationLoadBalancer,
    Listener,
    ListenerRule,
    MeshService,
    RoutingTable,
    TargetService,
)
from tests.support.router.echo_task import get, header
from tests.support.router.fixtures import Serve

Start = Callable[..., str]


def rule(priority: int, action: ListenerAction, *conditions: RuleCondition) -> ListenerRule:
    return ListenerRule(priority=priority, conditions=conditions, action=action)


@pytest.fixture
def start(serve: Serve, proxy: Proxy) -> Start:
    def begin(
        *rules: ListenerRule,
        endpoints: dict[str, list[TaskEndpoint]] | None = None,
        groups: str = "",
        idle_timeout: float = 5,
    ) -> str:
        listener = Listener(arn="l", port=443, protocol="HTTPS", rules=rules)
        peer = ConnectionPeer(groups=frozenset(groups.split()))
        table = RoutingTable(
            load_balancers={
                "lb": ApplicationLoadBalancer(
                    arn="lb",
                    name="lb",
                    dns_name="d",
                    listeners=(listener,),
                    peer=peer,
                    idle_timeout=idle_timeout,
                )
            },
            targets={
                "blue": TargetService(service_key="test/blue", container_port=80),
                "green": TargetService(service_key="test/green", container_port=80),
            },
            services={"test/blue": MeshService(key="test/blue", peer=peer)},
        )
        return serve(
            ListenerHandler(
                load_balancer_arn="lb",
                listener_arn="l",
                table=lambda: table,
                endpoints=lambda key: (endpoints or {}).get(key, []),
                proxy=proxy,
                draw=lambda: 0.5,
            )
        )

    return begin


BLUE = Forward(groups=(("blue", 1),))


def test_a_forward_reaches_a_task_of_the_service(start: Start, task: TaskEndpoint) -> None:
    """MSH-2: the request arrives with its Host, and with what an ALB adds."""
    url = start(rule(1, BLUE, HostHeader(("api.internal",))), endpoints={"test/blue": [task]})
    seen = get(f"{url}/dispatch?x=%20", headers={"Host": "api.internal"}).json()
    assert seen["path"] == "/dispatch?x=%20"
    assert header(seen, "host") == ["api.internal"]
    assert header(seen, "x-forwarded-for") == ["127.0.0.1"]
    assert header(seen, "x-forwarded-proto") == ["https"]
    assert header(seen, "x-forwarded-port") == ["443"]
    assert header(seen, "x-amzn-trace-id")[0].startswith("Root=1-")


def test_the_first_rule_that_applies_decides(start: Start, task: TaskEndpoint) -> None:
    """MSH-2: rules in the order of their priority, the default rule last."""
    url = start(
        rule(1, BLUE, PathPattern(("/dispatch",))),
        rule(2, FixedResponse(status=200, content_type="application/json", body="{}"), PathPattern(("/d*",))),
        rule(9, FixedResponse(status=404, body="no route")),
        endpoints={"test/blue": [task]},
    )
    assert get(f"{url}/dispatch").json()["path"] == "/dispatch"
    assert get(f"{url}/docs").headers["content-type"].startswith("application/json")
    other = get(f"{url}/other")
    assert (other.status_code, other.text, other.headers["server"]) == (404, "no route", "awselb/2.0")


def test_weights_choose_the_group(start: Start, task: TaskEndpoint, other_task: TaskEndpoint) -> None:
    """MSH-2: the draw falls on the second group, which has most of the weight."""
    url = start(
        rule(1, Forward(groups=(("blue", 1), ("green", 9)))),
        endpoints={"test/blue": [task], "test/green": [other_task]},
    )
    assert header(get(url).json(), "host") == [url.removeprefix("http://")]


def test_a_redirect_is_answered(start: Start) -> None:
    """The Location is made from the request."""
    url = start(rule(1, Redirect(status=302, host="www.example.com", port="443")))
    assert get(f"{url}/a?b").headers["location"] == "https://www.example.com/a?b"


def test_no_healthy_target_is_503(start: Start) -> None:
    """MSH-2: as an ALB answers, also for a group that no service registers with."""
    assert get(start(rule(1, BLUE))).status_code == 503
    assert get(start(rule(1, Forward(groups=(("unknown", 1),))))).status_code == 503


def test_a_closed_security_group_leaves_no_healthy_target(start: Start, task: TaskEndpoint) -> None:
    """NET-4: the load balancer's health checks would not get through, and the text says why."""
    answer = get(start(rule(1, BLUE), endpoints={"test/blue": [task]}, groups="sg-1"))
    assert answer.status_code == 503
    assert "no egress rule of `sg-1`" in answer.text


def test_a_bad_backend_is_502_and_a_slow_one_504(start: Start, task: TaskEndpoint) -> None:
    """MSH-2: a target that breaks off, and one that is silent for the idle timeout."""
    url = start(rule(1, BLUE), endpoints={"test/blue": [task]}, idle_timeout=0.2)
    dropped = get(f"{url}/drop")
    assert dropped.status_code == 502
    assert dropped.text == f"the task at {task.address} closed the connection without an answer\n"
    assert get(f"{url}/slow?2").status_code == 504


@pytest.mark.parametrize("path", ["/early", "/early?long"])
@pytest.mark.parametrize("framing", ["Content-Length: 3000000", "Transfer-Encoding: chunked"])
def test_an_early_answer_is_handed_on_while_the_body_is_being_sent(
    start: Start, task: TaskEndpoint, path: str, framing: str
) -> None:
    """MSH-2: a task that refuses a body by its announced size or its first part is heard at once, and not
    only when the body has been sent to its end; whoever goes on sending is not reset.
    """
    address = urlsplit(start(rule(1, BLUE), endpoints={"test/blue": [task]}))
    part = b"c350\r\n" + b"x" * 50_000 + b"\r\n" if "chunked" in framing else b"x" * 50_000
    with socket.create_connection((address.hostname, address.port), timeout=5) as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode() + part)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert (answer.status, answer.read()[:9]) == (413, b"too large")
        for _ in range(20):
            client.sendall(part)


def test_what_is_not_played_is_said(start: Start) -> None:
    """An action that the sandbox lacks is an error with its name."""
    answer = get(start(rule(1, UnsupportedAction(type="authenticate-oidc"))))
    assert (answer.status_code, answer.text) == (
        500,
        "the sandbox does not emulate the listener action `authenticate-oidc`\n",
    )


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("127.0.0.1", 200), ("localhost:1", 200), ("d", 200), ("D:80", 200)),
        *(("api.example.com", 200), ("a.b.Example.com:1", 200), ("example.com", 403)),
        *(("evil.example", 403), ("evil.com", 403), ("x.y", 403)),
    ],
)
def test_a_listener_answers_to_names_of_its_own(start: Start, host: str, status: int) -> None:
    """FID-2: this machine's, its balancer's, and those of its rules; a rule for any name opens it to none."""
    page = FixedResponse(status=200, content_type="application/json", body="{}")
    url = start(
        rule(1, page, HostHeader(("api.example.com", "*.example.com"))),
        rule(2, page, HostHeader(("*", "*.*", "*.com", "?.y"))),
        rule(3, page),
    )
    assert get(url, headers={"Host": host}).status_code == status


def test_a_page_of_another_origin_is_refused(start: Start) -> None:
    """FID-2: by what its browser says; a page of the listener's own may ask it."""
    url = start(rule(1, FixedResponse(status=200, content_type="application/json", body="{}")))
    assert get(url, headers={"Origin": url, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        refused = get(url, headers=headers)
        assert (refused.status_code, "page of another" in refused.text) == (403, True)
