"""The paths of intents: what is admitted reaches its handler, once for each deed. GOV-4, ORB-1."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from services.runtime.intents.call import Call, origin
from services.runtime.intents.endpoint import IntentMiddleware
from services.runtime.intents.handler import read_handler
from services.runtime.requests.capacity import Capacity
from services.runtime.requests.problems import NotBegunError, ProblemError
from tests.support.services.doubles import Lines
from tests.support.services.ledger import Amount, Balance, Ledger
from tests.support.services.signed_calls import BALANCE, CallerKeys, SignedCall, ledger_admission


@pytest.fixture
def ledger(lines: Lines) -> Ledger:
    return Ledger()


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, str(response.json()["type"]).removeprefix("urn:myelin:problem:")


def test_an_admitted_call_reaches_its_handler_with_what_was_proved(ledger: Ledger) -> None:
    """The handler sees payload, caller, tenant, key and decision; its result is the answer."""
    answer = ledger.credit(SignedCall(context={"purpose": "refund"}))
    assert (answer.status_code, answer.json()) == (200, {"balance": 5})
    (call,) = ledger.seen
    assert call.payload == Amount(amount=5)
    assert (call.caller, call.intent, call.tenant, call.proven) == ("orbit", "credit", "acme", True)
    assert (call.context, call.idempotency_key, call.decision_id) == ({"purpose": "refund"}, "k-1", "d-1")
    assert call.correlation_id == answer.headers["x-correlation-id"] == "c-1"


@pytest.mark.parametrize(
    ("call", "told", "logged"),
    [
        (SignedCall(headers={"x-myelin-grant": None}), (403, "grant-refused"), "grant_missing"),
        (SignedCall(grant={"tenant": "other"}), (403, "grant-refused"), "grant_of_other_tenant"),
        (SignedCall(body=b'{"amount": 500}'), (403, "grant-refused"), "grant_of_other_question"),
    ],
)
def test_a_refused_call_reaches_nothing_and_is_told_nothing(
    ledger: Ledger, lines: Lines, call: SignedCall, told: tuple[int, str], logged: str
) -> None:
    """403 whatever was wrong with it; the log alone has the reason."""
    answer = ledger.credit(call)
    assert problem(answer) == told
    assert logged not in answer.text
    assert lines.named("call refused")["reason"] == logged
    assert (ledger.seen, ledger.balance) == ([], 0)


@pytest.mark.parametrize("path", ["/credit/", "//credit", "/Credit", "/cred%69t", "/credit%00", "/x"])
def test_only_the_exact_path_is_an_intent(ledger: Ledger, path: str) -> None:
    """Any other spelling is served by the application's own routes, which have no handler of an intent."""
    request = replace(SignedCall().request(), path=path)
    transport_answer = ledger.send(request)[0]
    assert transport_answer.text.startswith("the door")
    assert ledger.seen == []


def test_an_intent_is_asked_for_with_post(ledger: Ledger) -> None:
    """Other methods are 405 and say so."""
    answer = ledger.send(SignedCall().request(), method="GET")[0]
    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


def test_a_deed_is_done_once_however_often_it_is_asked_for(ledger: Ledger) -> None:
    """A new attempt under the same key gets the first one's answer, and the credit of 5 stays 5."""
    call = SignedCall()
    answers = [ledger.credit(call) for _ in range(3)]
    assert [answer.json() for answer in answers] == [{"balance": 5}] * 3
    assert ledger.balance == 5
    assert ledger.credit(replace(call, idempotency_key="k-2")).json() == {"balance": 10}


def test_another_body_under_the_same_key_is_a_conflict(ledger: Ledger) -> None:
    """One key, one deed."""
    assert ledger.credit().status_code == 200
    assert problem(ledger.credit(SignedCall(payload={"amount": 7}))) == (409, "idempotency-conflict")
    assert ledger.balance == 5


def test_other_claims_under_the_same_key_are_a_conflict(ledger: Ledger) -> None:
    """A handler reads claims as it reads the body: one client's answer is not given to another of the tenant
    whose claims are others.
    """
    gold, silver = SignedCall(context={"plan": "gold"}), SignedCall(context={"plan": "silver"})
    assert ledger.credit(gold).status_code == 200
    assert [problem(ledger.credit(one)) for one in (silver, SignedCall())] == [
        (409, "idempotency-conflict")
    ] * 2
    assert ledger.credit(gold).status_code == 200
    assert len(ledger.seen) == 1


def test_one_tenant_s_answer_is_not_another_s(ledger: Ledger) -> None:
    """Key and body alike from another tenant, or from somebody who only says that name, are another deed."""
    asked = [SignedCall(), SignedCall(tenant="other"), SignedCall(tenant=None), SignedCall(unproven=True)]
    assert [ledger.credit(call).json() for call in asked] == [
        {"balance": 5 * times} for times in (1, 2, 3, 4)
    ]


def test_attempts_at_once_do_the_deed_once(ledger: Ledger) -> None:
    """Of attempts that overlap one does it; the others are told to come back."""

    async def slow() -> Balance:
        await asyncio.sleep(0.05)
        return Balance(balance=ledger.balance)

    ledger.behave = slow
    answers = ledger.send(*(SignedCall().request() for _ in range(4)))
    told = sorted(answer.status_code for answer in answers)
    assert told == [200, 409, 409, 409]
    waiting = next(answer for answer in answers if answer.status_code == 409)
    assert (problem(waiting), waiting.headers["retry-after"]) == ((409, "in-progress"), "1")
    assert ledger.balance == 5


def test_a_failed_handler_is_not_run_again_for_its_key(ledger: Ledger, lines: Lines) -> None:
    """Its outcome is kept as well: nobody knows how far it came."""

    def fail() -> None:
        raise RuntimeError("secret detail")

    ledger.behave = fail
    first = ledger.credit()
    assert problem(first) == (500, "internal-error")
    assert "secret detail" not in first.text
    assert "secret detail" in lines.named("handler failed")["exception"]
    ledger.behave = lambda: None
    assert problem(ledger.credit()) == (500, "internal-error")
    assert len(ledger.seen) == 1


def test_a_problem_that_a_handler_raises_is_its_answer(ledger: Ledger) -> None:
    """A ProblemError is told as it is, and kept for its key."""

    def refuse() -> None:
        raise ProblemError(slug="overdrawn", title="Overdrawn", status=422, detail="no")

    ledger.behave = refuse
    assert problem(ledger.credit()) == (422, "overdrawn")
    assert problem(ledger.credit()) == (422, "overdrawn")
    assert len(ledger.seen) == 1


def test_a_problem_says_when_to_come_back(ledger: Ledger) -> None:
    """Retry-After of a handler's problem reaches the caller."""

    def busy() -> None:
        raise ProblemError(
            slug="busy", title="Busy", status=503, detail="later", headers={"retry-after": "7"}
        )

    ledger.behave = busy
    assert ledger.credit().headers["retry-after"] == "7"


def test_a_deed_that_was_surely_not_begun_may_be_begun_again(ledger: Ledger) -> None:
    """What a handler answers that did nothing is not kept for its key: the next attempt does the deed."""

    def nothing() -> None:
        ledger.balance -= 5
        raise NotBegunError(slug="not-now", title="Not now", status=503, detail="come back")

    ledger.behave = nothing
    assert problem(ledger.credit()) == (503, "not-now")
    ledger.behave = lambda: None
    assert ledger.credit().json() == {"balance": 5}


def test_a_result_of_another_type_is_named(ledger: Ledger, lines: Lines) -> None:
    """A handler that returns what it is not annotated with: 500, and one line that names it."""
    ledger.behave = lambda: {"balance": "much"}
    assert problem(ledger.credit()) == (500, "internal-error")
    assert "credit` returned dict, not what it is annotated with" in lines.named("handler failed")["problem"]


def test_a_handler_that_takes_too_long_is_ended(ledger: Ledger) -> None:
    """The caller's deadline ends the handler: 504."""

    async def stuck() -> None:
        await asyncio.sleep(60)

    ledger.behave = stuck
    answer = ledger.credit(SignedCall(headers={"x-myelin-deadline-ms": "50"}))
    assert problem(answer) == (504, "out-of-time")


def test_without_a_record_nothing_is_done(ledger: Ledger) -> None:
    """A table that does not answer: 503 with Retry-After, and the handler does not run."""
    ledger.deeds.failing = True
    answer = ledger.credit()
    assert (problem(answer), answer.headers["retry-after"]) == ((503, "record-unavailable"), "1")
    assert ledger.seen == []


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(ledger: Ledger, lines: Lines) -> None:
    """The deed is done, so its answer is told; the log says that a repetition will not get it."""

    def then_fail() -> None:
        ledger.deeds.failing = True

    ledger.behave = then_fail
    assert ledger.credit().json() == {"balance": 5}
    assert "ThrottlingException" in lines.named("answer not kept")["problem"]


def test_an_intent_that_is_safe_to_repeat_runs_each_time(ledger: Ledger) -> None:
    """Reading needs no key and no record; a plain function will do as its handler."""
    for _ in range(2):
        call = SignedCall(intent=BALANCE, idempotency_key=None, payload=None)
        assert ledger.send(call.request())[0].json() == {"balance": 0}
    assert len(ledger.seen) == 2
    assert ledger.deeds.records == {}


@pytest.mark.parametrize("payload", [{}, {"amount": "x"}, [], "text"])
def test_a_payload_of_another_shape_is_400(ledger: Ledger, payload: Any) -> None:
    """What the handler's type does not take is refused before anything is recorded."""
    assert problem(ledger.credit(SignedCall(payload=payload))) == (400, "invalid-request")
    assert (ledger.seen, ledger.deeds.records) == ([], {})


def test_a_body_over_the_limit_is_413(ledger: Ledger) -> None:
    """The bound of bodies holds for calls, too."""
    big = SignedCall(payload={"amount": 5, "note": "x" * 2000})
    assert problem(ledger.credit(big)) == (413, "request-too-large")


def test_more_than_there_are_places_for_are_told_to_come_back(lines: Lines) -> None:
    """Beyond the bound: 503 with Retry-After, at once."""
    ledger = Ledger(at_once=1)

    async def slow() -> Balance:
        await asyncio.sleep(0.05)
        return Balance(balance=0)

    ledger.behave = slow
    calls = [SignedCall(idempotency_key=f"k-{number}").request() for number in range(3)]
    answers = ledger.send(*calls)
    assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
    busy = next(answer for answer in answers if answer.status_code == 503)
    assert (problem(busy), busy.headers["retry-after"]) == ((503, "busy"), "1")


def test_the_handler_acts_on_behalf_of_its_call(ledger: Ledger) -> None:
    """Outgoing calls take tenant, claims and provenness over from the call that is served."""
    seen = []

    async def look() -> Balance:
        seen.append(origin())
        return Balance(balance=0)

    ledger.behave = look
    ledger.credit(SignedCall(context={"purpose": "refund"}, unproven=True))
    assert (seen[0].tenant, seen[0].context, seen[0].proven) == ("acme", {"purpose": "refund"}, False)
    assert origin().tenant is None


def test_what_is_no_request_goes_on() -> None:
    """The server's own messages are for the application inside."""
    seen: list[str] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def balance(call: Call[Any]) -> int:
        return 0

    async def nothing(*_: Any) -> Any: ...

    app = IntentMiddleware(
        inside,
        service="ledger",
        intents={"balance": (BALANCE, read_handler("balance", balance))},
        admission=ledger_admission(CallerKeys()),
        deeds=None,
        capacity=Capacity(at_once=1, waiting=0, wait_seconds=0.1),
        limit_seconds=1.0,
        max_body_bytes=10,
    )
    asyncio.run(app({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]


def test_the_door_needs_no_grant(ledger: Ledger) -> None:
    """Other paths are the service's own affair."""
    assert (
        ledger.send(replace(SignedCall().request(), path="/door"), method="GET")[0].text == "the door, /door"
    )
