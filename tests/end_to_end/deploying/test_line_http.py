"""The line as a client of Orbit meets it over HTTP, and the story that the logs tell of a call."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.end_to_end.project import ProjectCopy
from tests.support.services.openapi_answers import assert_documented

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]

SENT = "line-0b5e:of.this=test"


@pytest.fixture(scope="module")
def openapi(deployed: ProjectCopy) -> dict[str, Any]:
    """The document that Orbit serves about itself."""
    document: dict[str, Any] = deployed.request("GET", "/openapi.json").json()
    return document


@pytest.mark.parametrize(("intent", "status"), [("reason", 200), ("erase", 403)])
def test_dispatch_over_http(deployed: ProjectCopy, openapi: dict[str, Any], intent: str, status: int) -> None:
    """Over HTTP the same is 200 and 403, and both are what Orbit documents about itself. ORB-1"""
    answer = deployed.request(
        "POST", "/dispatch", json={"intent": intent, "tenant": "someone", "payload": {"input": "hello"}}
    )
    assert answer.status_code == status
    assert_documented(openapi, "/dispatch", "post", answer)
    if status == 200:
        assert answer.json()["result"]["result"]["input_characters"] == 5
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:myelin:problem:denied-by-policy"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"intent": "fly"}, "unknown_intent"),
        ({"intent": "reason", "target": "nobody"}, "unknown_target"),
        ({"intent": "reason", "target": "orbit"}, "no_permit"),
    ],
)
def test_what_nobody_allowed_is_denied(
    deployed: ProjectCopy, openapi: dict[str, Any], body: dict[str, str], code: str
) -> None:
    """An intent or a target that no policy knows, and a call that none permits, is denied: 403. GOV-1"""
    answer = deployed.request("POST", "/dispatch", json=body)
    assert (answer.status_code, answer.json()["reason_code"]) == (403, code)
    assert_documented(openapi, "/dispatch", "post", answer)


@pytest.mark.parametrize(
    "body", [b'{"intent"', b'"reason"', b"{}", b'{"intent": "reason", "more": 1}', b'{"intent": 7}']
)
def test_invalid_body(deployed: ProjectCopy, openapi: dict[str, Any], body: bytes) -> None:
    """A body that is not what is documented is 400, as problem details (RFC 9457)."""
    answer = deployed.request("POST", "/dispatch", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert_documented(openapi, "/dispatch", "post", answer)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:myelin:problem:invalid-request"


@pytest.mark.parametrize("framing", ["content-length", "chunked"])
def test_too_large_a_body(deployed: ProjectCopy, openapi: dict[str, Any], framing: str) -> None:
    """A body beyond the limit is 413 through the load balancer, too, while it is still being sent; its size
    announced or not. MSH-2
    """
    parts = [b"x" * 50_000] * 20
    content = b"".join(parts) if framing == "content-length" else iter(parts)
    answer = deployed.request("POST", "/dispatch", content=content)
    assert answer.status_code == 413
    assert_documented(openapi, "/dispatch", "post", answer)
    assert answer.json()["type"] == "urn:myelin:problem:request-too-large"


def test_wrong_method(deployed: ProjectCopy) -> None:
    """A method that a path does not have is 405 with those that it has, as problem details."""
    answer = deployed.request("GET", "/dispatch")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:myelin:problem:method-not-allowed"
    assert answer.json()["instance"] == "/dispatch"


def test_unknown_path(deployed: ProjectCopy) -> None:
    """The load balancer forwards declared paths only, and Orbit has no others: 404, a problem. MSH-2"""
    outside = deployed.request("GET", "/reason")
    assert (outside.status_code, outside.json()["status"]) == (404, 404)
    assert "x-correlation-id" not in outside.headers
    port = deployed.tasks("orbit")[0]["port"]
    inside = deployed.request("GET", f"http://127.0.0.1:{port}/reason")
    assert inside.status_code == 404
    assert inside.headers["content-type"] == "application/problem+json"
    assert inside.json()["type"] == "urn:myelin:problem:not-found"


def test_health_is_documented(deployed: ProjectCopy, openapi: dict[str, Any]) -> None:
    """`GET /health` through the load balancer is ok, names what Orbit depends on, and is as documented."""
    answer = deployed.request("GET", "/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert set(answer.json()["dependencies"]) == {"signing-key:axon", "circuit-breaker:axon"}
    assert_documented(openapi, "/health", "get", answer)


# correlation ids and logs


def test_correlation_id_goes_in_and_out(deployed: ProjectCopy) -> None:
    """The client's correlation id comes back in header, answer and decision; else there is a new one."""
    status, headers, answer = deployed.dispatch("reason", headers={"x-correlation-id": SENT})
    assert status == 200
    assert headers["x-correlation-id"] == answer["correlation_id"] == SENT
    assert answer["decision"]["correlation_id"] == SENT
    _, headers, problem = deployed.dispatch("erase")
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-correlation-id"])
    assert problem["correlation_id"] == headers["x-correlation-id"]


def test_unfit_correlation_id_is_replaced(deployed: ProjectCopy) -> None:
    """A correlation id that could not stand in a log query is not taken over."""
    _, headers, answer = deployed.dispatch("reason", headers={"x-correlation-id": 'a" or "b'})
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-correlation-id"])
    assert answer["correlation_id"] == headers["x-correlation-id"]


def test_logs_tell_the_story_in_order(deployed: ProjectCopy) -> None:
    """`logs -c` shows a call's lines of Orbit, governance and Axon, in the order they happened. OBS-2"""
    _, _, answer = deployed.dispatch("reason", headers={"x-correlation-id": "story-1"})
    deployed.logs("story-1", "request answered", "dispatch completed", "heartbeat sent", "allowed")
    lines = deployed.myelin("logs", "-c", "story-1").document
    story = [(line["service"], line["message"]) for line in lines]
    expected = [
        ("orbit", "dispatch received"),
        ("governance", "allowed"),
        ("orbit", "governance decided"),
        ("axon", "call admitted"),
        ("axon", "heartbeat sent"),
        ("orbit", "axon answered"),
        ("orbit", "dispatch completed"),
        ("orbit", "request answered"),
    ]
    assert [item for item in story if item in expected] == expected
    assert {line["correlation_id"] for line in lines} == {"story-1"}
    stamps = [line["timestamp"] for line in lines]
    assert stamps == sorted(stamps)
    shown = deployed.myelin("logs", "-c", "story-1", json=False).stdout.splitlines()
    assert [tuple(line.split()[:2]) for line in shown] == [
        (line["timestamp"], line["service"]) for line in lines
    ]
    groups = {line["service"]: line["group"] for line in lines}
    assert groups["governance"] == deployed.platform.governance_log_group
    decided = next(line for line in lines if line["service"] == "governance")
    assert decided["decision_id"] == answer["decision"]["decision_id"]


def test_logs_of_a_denial_have_no_axon(deployed: ProjectCopy) -> None:
    """A denied call is in the logs of Orbit and governance, with the reason, and nowhere in Axon's. ORB-1"""
    deployed.dispatch("erase", headers={"x-correlation-id": "story-2"})
    lines = deployed.logs("story-2", "request answered", "denied")
    assert {line["service"] for line in lines} == {"orbit", "governance"}
    decided = next(line for line in lines if line["message"] == "governance decided")
    assert (decided["allowed"], decided["policies"]) == (False, ["no-erase"])
