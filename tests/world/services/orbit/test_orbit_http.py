from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.support.services.granting import BOUND, REASON, Granting
from tests.support.services.processes import (
    HTTP,
    AwsClients,
    Process,
    StartService,
    free_port,
    wait_until_healthy,
)

pytestmark = pytest.mark.xdist_group("orbit-http")

AXON = "services.axon.app:service"


@dataclass
class GovernanceEndpoint:
    """Lambda's Invoke API on loopback, with governance behind it that permits `reason` alone."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    traces: list[str | None] = field(default_factory=list)
    granting: Granting = field(default_factory=Granting)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        allowed = asked["intent"] == "reason"
        grant = {
            "grant": self.granting.token(
                asked["service"],
                asked["target"],
                asked["intent"],
                attributes=asked.get("context"),
                unproven=asked.get("unproven", False),
            ),
            "grant_expires_at": int(time.time()) + BOUND,
            "grant_reusable": False,
        }
        return {
            **(grant if allowed else {}),
            **asked,
            "allowed": allowed,
            "reason": "may" if allowed else "may not",
            "reason_code": "permitted" if allowed else "forbidden",
            "policies": ["p"],
            "errors": [],
            "policy_version": "v1",
            "decision_id": uuid.uuid4().hex,
            "evaluated_at": "2026-01-01T00:00:00Z",
        }


@pytest.fixture(scope="module")
def governance() -> Iterator[GovernanceEndpoint]:
    state = GovernanceEndpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.traces.append(self.headers.get("x-amzn-trace-id"))
            body = json.dumps(state.answer(asked)).encode()
            head = [f"HTTP/1.1 {state.status} X", f"content-length: {len(body)}"]
            head += [f"{name}: {value}" for name, value in state.headers.items()]
            self.wfile.write("\r\n".join([*head, "", ""]).encode() + body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join(5)


@dataclass
class Pair:
    """A real Orbit and a real Axon; a second callee, `doomed`, is declared and not started yet."""

    orbit: Process
    axon: Process
    secret_id: str
    doomed_port: int
    keys: str

    def dispatch(self, intent: str, identity: str, target: str = "axon") -> httpx.Response:
        return HTTP.post(
            f"{self.orbit.url}/dispatch",
            json={"intent": intent, "target": target},
            headers={"x-correlation-id": identity},
        )

    def story(self, identity: str) -> list[str]:
        lines = [line for each in (self.orbit, self.axon) for line in each.lines()]
        mine = sorted(
            (line for line in lines if line.get("correlation_id") == identity),
            key=lambda line: line["timestamp"],
        )
        return [f"{line['service']}: {line['message']}" for line in mine]


def axon_environ(name: str, secret_id: str, granting: Granting, keys: str) -> dict[str, str]:
    return {
        "MYELIN_SERVICE": name,
        "INTENTS": REASON,
        **granting.environ(keys),
        "HEARTBEAT_KEY": "h" * 32,
        "CALLERS": json.dumps([{"service": "orbit", "signing_secret": secret_id, "intents": ["reason"]}]),
    }


@pytest.fixture(scope="module")
def pair(start_shared_service: StartService, aws: AwsClients, governance: GovernanceEndpoint) -> Pair:
    made = aws("secretsmanager").create_secret(Name=f"test/{uuid.uuid4()}", SecretString="s" * 64)["ARN"]
    doomed_port = free_port()
    keys = governance.granting.publish(aws)
    axon = start_shared_service(AXON, axon_environ("axon", made, governance.granting, keys), ready=False)
    urls = {"axon": axon.url, "doomed": f"http://127.0.0.1:{doomed_port}"}
    calls = [
        {
            "service": name,
            "intent": "reason",
            "url": url,
            "signing_secret": made,
            "safe_to_repeat": True,
            "attributes": ["purpose"],
        }
        for name, url in urls.items()
    ]
    orbit = start_shared_service(
        "services.orbit.app:service",
        {
            "MYELIN_SERVICE": "orbit",
            "GOVERNANCE_FUNCTION": "arn:aws:lambda:eu-central-1:123456789012:function:decide:live",
            "AWS_ENDPOINT_URL_LAMBDA": governance.url,
            "CALLS": json.dumps(calls),
        },
    )
    wait_until_healthy(axon)
    return Pair(orbit=orbit, axon=axon, secret_id=made, doomed_port=doomed_port, keys=keys)


def test_a_governed_dispatch_between_real_processes(
    pair: Pair, governance: GovernanceEndpoint, aws: AwsClients
) -> None:
    """Orbit asks governance and signs, Axon verifies and answers; one id through it all (ORB-1)."""
    allowed, refused = pair.dispatch("reason", "one"), pair.dispatch("erase", "two")

    assert allowed.status_code == 200
    assert allowed.json()["result"]["heartbeat"]["service"] == "axon"
    assert (refused.status_code, refused.json()["reason_code"]) == (403, "forbidden")
    story = pair.story("one")
    # written once the answer is out, when Orbit may have read it already
    story.remove("axon: request answered")
    assert story == [
        "orbit: dispatch received",
        "orbit: governance decided",
        "axon: call admitted",
        "axon: heartbeat sent",
        "orbit: axon answered",
        "orbit: dispatch completed",
        "orbit: request answered",
    ]
    assert not [line for line in pair.story("two") if line.startswith("axon")]
    assert all(trace and trace.startswith("Root=1-") for trace in governance.traces)

    # a rotation in the middle, twice, while both keep running
    for number in range(2):
        aws("secretsmanager").put_secret_value(SecretId=pair.secret_id, SecretString=uuid.uuid4().hex * 2)
        assert pair.dispatch("reason", f"rotated-{number}").status_code == 200


def test_without_governance_axon_is_not_called(pair: Pair, governance: GovernanceEndpoint) -> None:
    """A governance that throttles or fails over real HTTP denies, and no line of Axon follows (ORB-1)."""
    governance.status = 429
    throttled = pair.dispatch("reason", "throttled")
    governance.status, governance.headers = 200, {"X-Amz-Function-Error": "Unhandled"}
    failed = pair.dispatch("reason", "failed")
    governance.headers = {}

    assert [answer.json()["reason_code"] for answer in (throttled, failed)] == [
        "governance_unreachable",
        "governance_error",
    ]
    assert {answer.status_code for answer in (throttled, failed)} == {503}
    for identity in ("throttled", "failed"):
        assert not [line for line in pair.story(identity) if line.startswith("axon")]


def test_when_a_callee_is_gone_the_answer_says_so(
    pair: Pair, start_service: StartService, governance: GovernanceEndpoint
) -> None:
    """A killed callee is 502 with problem details; Orbit goes on."""
    doomed = start_service(
        AXON,
        axon_environ("doomed", pair.secret_id, governance.granting, pair.keys),
        port=pair.doomed_port,
    )
    assert pair.dispatch("reason", "here", "doomed").status_code == 200
    doomed.popen.kill()
    doomed.popen.wait(10)

    answer = pair.dispatch("reason", "gone", "doomed")

    assert (answer.status_code, answer.json()["type"]) == (502, "urn:myelin:problem:target-unreachable")
    assert pair.dispatch("reason", "other").status_code == 200
