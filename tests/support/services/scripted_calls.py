"""A caller of `ledger` whose governance and HTTP edge answer what a test says, one answer after another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.runtime.calls.caller import ServiceCaller
from services.runtime.calls.exchange import SignedExchange
from services.runtime.calls.http import HttpAnswer
from services.runtime.deadline import Deadline
from services.runtime.governance.decision import CallQuestion, Decision
from services.runtime.governance.grants import Grants
from services.runtime.settings import CallSettings
from services.runtime.signing.keys import SigningKeys
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import NoExporter, Tracer
from tests.support.services.doubles import Clock, SecretsInMemory

REGION = "eu-central-1"
URL = "http://ledger.test:9000"
SECRET = "arn:ledger"
CREDIT = CallSettings(
    service="ledger", intent="credit", url=URL, signing_secret=SECRET, attributes=("purpose",)
)
BALANCE = CallSettings(
    service="ledger", intent="balance", url=URL, signing_secret=SECRET, safe_to_repeat=True
)


def permitted(question: CallQuestion, **changes: Any) -> Decision:
    """Governance's permission of a question, with a grant that is used again until 1030."""
    fields: dict[str, Any] = {
        "allowed": True,
        "reason": "a policy permits it",
        "reason_code": "permitted",
        "policies": ["p"],
        "policy_version": "pv-1",
        "decision_id": "d-1",
        "service": question.service,
        "intent": question.intent,
        "target": question.target,
        "correlation_id": question.correlation_id,
        "grant": "g-1",
        "grant_expires_at": 1030,
        "grant_reusable": True,
    }
    return Decision(**(fields | changes))


@dataclass
class ScriptedGovernance:
    """Permits with the grants `g-1`, `g-2` and so on, changed by `changes`; keeps the questions."""

    changes: dict[str, Any] = field(default_factory=dict)
    questions: list[CallQuestion] = field(default_factory=list)

    async def decide(self, question: CallQuestion, deadline: Deadline | None = None) -> Decision:
        self.questions.append(question)
        return permitted(question, **({"grant": f"g-{len(self.questions)}"} | self.changes))


@dataclass(frozen=True)
class SentRequest:
    """What reached the HTTP edge."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ScriptedHttp:
    """Gives or raises the `answers`, one for each request; keeps the requests."""

    answers: list[HttpAnswer | Exception]
    sent: list[SentRequest] = field(default_factory=list)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        self.sent.append(SentRequest(url, dict(headers), body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None: ...


def answer(value: Any = "done", *, status: int = 200) -> HttpAnswer:
    """An answer with a JSON value."""
    return HttpAnswer(status=status, body=json.dumps(value).encode())


def problem(status: int, slug: str, **more: Any) -> HttpAnswer:
    """An answer with problem details."""
    return answer({"type": f"urn:myelin:problem:{slug}", **more}, status=status)


@dataclass
class Calling:
    """A caller `orbit` with all that surrounds it."""

    http: ScriptedHttp
    governance: ScriptedGovernance = field(default_factory=ScriptedGovernance)
    secrets: SecretsInMemory = field(default_factory=SecretsInMemory)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Compose the parts of the caller."""
        self.secrets.rotate(SECRET, "v1", "first")
        self.keys = SigningKeys(
            reader=self.secrets,
            secret_ids={"ledger": SECRET},
            monotonic=self.clock,
            sleep=self.clock.sleep,
        )
        self.exchange = SignedExchange(
            caller="orbit",
            region=REGION,
            keys=self.keys,
            http=self.http,
            tracer=Tracer(service="orbit", exporter=NoExporter()),
            monotonic=self.clock,
        )
        self.caller = ServiceCaller(
            service="orbit",
            calls=(CREDIT, BALANCE),
            grants=Grants(governance=self.governance, epoch_seconds=self.clock),
            exchange=self.exchange,
            keys=self.keys,
            metrics=Metrics(service="orbit", environment="test"),
            monotonic=self.clock,
            sleep=self.clock.sleep,
            chance=lambda: 0.0,
        )

    def due(self, seconds: float = 8.0) -> Deadline:
        """The deadline that many seconds from now."""
        return Deadline.within(seconds, now=self.clock())


def calling(*answers: HttpAnswer | Exception, **governance: Any) -> Calling:
    """A caller whose HTTP edge gives `answers`; `governance` changes each decision."""
    return Calling(http=ScriptedHttp(list(answers)), governance=ScriptedGovernance(changes=governance))
