"""A gate in the process of the test: real servers on loopback, with an application behind it.

It is the service `ledger`, called by `orbit`, and may itself call `bank` for `pay`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gate.app import build
from services.runtime.calls.http import HttpAnswer
from services.runtime.parts import Edges
from services.runtime.process.health import ProcessHealth
from services.runtime.telemetry.tracing import Exporter, NoExporter
from tests.support.services.doubles import SecretsInMemory
from tests.support.services.processes import HTTP, free_port
from tests.support.services.scripted_calls import ScriptedHttp
from tests.support.services.serving import serving
from tests.support.services.signed_calls import BALANCE, BOUND, CREDIT, ISSUER, KEY, ORBIT, REGION, SignedCall

TOKEN = "t" * 64
ENVIRON = {
    "MYELIN_SERVICE": "ledger",
    "MYELIN_ENVIRONMENT": "test",
    "MYELIN_VERSION": "1",
    "AWS_REGION": REGION,
    "APPLICATION_URL": "http://127.0.0.1:1",
    "GATE_URL": "http://127.0.0.1:2",
    "GATE_TOKEN": TOKEN,
}
"""The variables that every gate has; the ports are nobody's."""


@dataclass
class ScriptedApplication:
    """Answers what a test says, and keeps the requests and their bodies. Is healthy if `healthy` is."""

    answer: Response | ASGIApp = field(default_factory=lambda: Response(b'{"balance":5}'))
    healthy: int = 200
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        request = Request(scope, receive)
        if request.url.path == "/well":
            await Response(status_code=self.healthy)(scope, receive, send)
            return
        self.seen.append((request.url.path, dict(request.headers), await request.body()))
        await self.answer(scope, receive, send)


@dataclass
class ScriptedLambda:
    """Governance as its client sees it: allows with a grant unless `changes` say otherwise."""

    changes: dict[str, Any] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's names
        question = json.loads(Payload)
        self.questions.append(question)
        answer = {
            "allowed": True,
            "reason": "declared",
            "reason_code": "permitted",
            "policies": ["p"],
            "policy_version": "pv",
            "decision_id": "d-2",
            "grant": "the-grant",
            "grant_reusable": False,
            **{name: question[name] for name in ("service", "intent", "target", "correlation_id")},
        }
        return {"Payload": io.BytesIO(json.dumps(answer | self.changes).encode())}


def status_of(url: str, path: str, headers: Mapping[str, str] | None = None, method: str = "POST") -> int:
    """The status of a request whose path is sent as it is spelled: httpx would tidy it up."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request(method, path, body=b"{}", headers=dict(headers or {}))
        return connection.getresponse().status
    finally:
        connection.close()


@dataclass(frozen=True)
class Gate:
    """A running gate."""

    url: str
    calls_url: str
    governance: ScriptedLambda
    outside: ScriptedHttp

    def ask(self, call: SignedCall) -> httpx.Response:
        """Send a call from outside."""
        request = call.request()
        return HTTP.post(f"{self.url}{request.path}", headers=list(request.headers), content=request.body)

    def call(
        self, path: str = "/call/bank/pay", headers: Mapping[str, str] | None = None, body: bytes = b"{}"
    ) -> httpx.Response:
        """Make a call as the application, with its token unless `headers` has another."""
        given = {"x-myelin-gate-token": TOKEN} | dict(headers or {})
        return HTTP.post(f"{self.calls_url}{path}", headers=given, content=body)

    def health(self) -> tuple[int, ProcessHealth]:
        """Status and state."""
        answer = HTTP.get(f"{self.url}/health")
        return answer.status_code, ProcessHealth.model_validate_json(answer.content)


@contextmanager
def gate_before(
    application: ASGIApp | str,
    *answers: HttpAnswer | Exception,
    exporter: Exporter | None = None,
    secrets: Mapping[str, str] | None = None,
    **more: str,
) -> Iterator[Gate]:
    """A gate before an application, or before a URL; `answers` are those of `bank`, `more` is environment."""
    known = secrets or {}
    if isinstance(application, str):
        with _gate(application, answers, exporter, known, more) as gate:
            yield gate
        return
    with (
        serving(application) as (host, port),
        _gate(f"http://{host}:{port}", answers, exporter, known, more) as gate,
    ):
        yield gate


@contextmanager
def _gate(
    application: str,
    answers: tuple[HttpAnswer | Exception, ...],
    exporter: Exporter | None,
    known: Mapping[str, str],
    more: dict[str, str],
) -> Iterator[Gate]:
    secrets, governance, outside = SecretsInMemory(), ScriptedLambda(), ScriptedHttp(list(answers))
    for name, value in known.items():
        secrets.rotate(name, "v1", value)
    secrets.rotate("arn:orbit", "v1", ORBIT.secret)
    secrets.rotate("arn:bank", "v1", "b" * 64)
    secrets.rotate("arn:grants", "v1", json.dumps({"keys": [KEY.public_jwk()]}))
    inner = f"http://127.0.0.1:{free_port()}"
    offered = [
        {"name": one.name, "safe_to_repeat": one.safe_to_repeat, "attributes": one.attributes}
        for one in (BALANCE, CREDIT)
    ]
    environ = ENVIRON | {
        "INTENTS": json.dumps(offered),
        "CALLERS": json.dumps(
            [{"service": "orbit", "signing_secret": "arn:orbit", "intents": ["credit", "balance"]}]
        ),
        "CALLS": json.dumps(
            [{"service": "bank", "intent": "pay", "url": "http://bank:1", "signing_secret": "arn:bank"}]
        ),
        "GRANT_KEYS": "arn:grants",
        "GRANT_ISSUER": ISSUER,
        "GRANT_BOUND_SECONDS": str(BOUND),
        "GOVERNANCE_FUNCTION": "arn:governance",
        "APPLICATION_URL": application,
        "APPLICATION_HEALTH": "/well",
        "GATE_URL": inner,
    }
    edges = Edges(secrets=secrets, http=outside, lambdas=governance, spans=exporter or NoExporter())
    with serving(build(environ | more, edges=edges)) as (host, port):
        yield Gate(url=f"http://{host}:{port}", calls_url=inner, governance=governance, outside=outside)
