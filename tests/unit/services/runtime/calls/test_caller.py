"""Calls to other services: what is asked and sent, and what is tried again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel, Field

from services.runtime.calls.breaker import Outcome
from services.runtime.calls.caller import Called, Wanted
from services.runtime.calls.errors import (
    CallDeniedError,
    GrantRefusedError,
    SignatureRefusedError,
    TargetRefusedError,
    TargetUnavailableError,
    TransientUnavailableError,
    TransientUnreachableError,
)
from services.runtime.calls.http import BrokenError, HttpAnswer, NotSentError
from services.runtime.errors import CallNotDeclaredError, PayloadError
from tests.support.services.scripted_calls import SECRET, Calling, answer, calling, problem


class Credit(BaseModel):
    amount: int
    note: str | None = None


def wanted(intent: str = "credit", **changes: Any) -> Wanted:
    fields: dict[str, Any] = {"service": "ledger", "intent": intent, "payload": {"amount": 5}}
    return Wanted(**(fields | changes))


def call(around: Calling, *calls: Wanted, seconds: float = 8.0) -> Called:
    """Make the calls, one after another; the last one's answer."""

    async def run() -> Called:
        await around.keys.load()
        done = [await around.caller.call(each, around.due(seconds)) for each in calls or (wanted(),)]
        return done[-1]

    return asyncio.run(run())


def header(around: Calling, name: str) -> list[str | None]:
    """A header in each of the requests that were sent."""
    return [each.headers.get(name) for each in around.http.sent]


def test_an_allowed_call_is_sent_with_its_grant() -> None:
    """The grant in governance's decision goes along, and the answer comes back with the decision."""
    around = calling(answer({"balance": 5}))
    found = call(around)
    assert (found.answer, found.attempts, found.decision.allowed) == ({"balance": 5}, 1, True)
    assert header(around, "x-myelin-grant") == ["g-1"]


def test_governance_is_asked_about_the_call() -> None:
    """The question has service, target, tenant, and of payload and claims what the callee declares."""
    around = calling(answer())
    call(around, wanted(tenant="acme", proven=False, context={"purpose": "audit", "plan": "gold"}))
    asked = around.governance.questions[0].payload()
    asked.pop("correlation_id")
    assert asked == {
        "service": "orbit",
        "intent": "credit",
        "target": "ledger",
        "tenant": "acme",
        "context": {"purpose": "audit"},
        "unproven": True,
    }


@pytest.mark.parametrize("reason_code", ["forbidden", "governance_timeout"])
def test_a_denied_call_is_not_sent(reason_code: str) -> None:
    """Without permission nothing leaves, and the error has the decision."""
    around = calling(allowed=False, grant=None, reason_code=reason_code)
    with pytest.raises(CallDeniedError) as caught:
        call(around)
    assert caught.value.decision.reason_code == reason_code
    assert not around.http.sent


def test_a_permission_without_a_grant_is_not_sent() -> None:
    """The callee would refuse it: it is unavailable, which is no fault of the target."""
    around = calling(grant=None)
    with pytest.raises(TargetUnavailableError) as caught:
        call(around)
    assert (caught.value.blames_target, around.http.sent) == (False, [])


def test_a_call_that_is_not_declared_is_not_sent() -> None:
    """Even if governance allows it."""
    around = calling()
    with pytest.raises(CallNotDeclaredError):
        call(around, wanted("erase"))
    assert not around.http.sent


def test_a_value_that_a_policy_cannot_look_at_is_not_asked() -> None:
    """A fraction in a declared attribute is refused before governance is asked."""
    around = calling()
    with pytest.raises(PayloadError):
        call(around, wanted(payload={"purpose": 0.5}))
    assert not around.governance.questions


@pytest.mark.parametrize(
    "said",
    [
        {"tenant": "trial-é"},
        {"tenant": "two  spaces"},
        {"tenant": "a\r\nx-myelin-unproven: 1"},
        {"tenant": "nul\0"},
        {"idempotency_key": "k" * 129},
        {"idempotency_key": "a b"},
        {"context": {"purpose": "x" * 2000}},
        {"payload": {"amount": 5, "AMOUNT": 6}},
        {"payload": {"amount": [[[]]], "note": "\ud800"}},
    ],
)
def test_what_its_callee_would_not_read_as_sent_is_not_asked(said: dict[str, Any]) -> None:
    """It is the client's to mend, and costs nobody a decision."""
    around = calling(answer())
    with pytest.raises(PayloadError):
        call(around, wanted(**said))
    assert (around.governance.questions, around.http.sent) == ([], [])


def test_a_second_call_asks_nobody() -> None:
    """The same question again has the kept grant."""
    around = calling(answer(), answer())
    call(around, wanted(), wanted())
    assert len(around.governance.questions) == 1
    assert header(around, "x-myelin-grant") == ["g-1", "g-1"]


def test_members_that_are_none_are_left_out() -> None:
    """A payload that is a model is sent without its empty members."""
    around = calling(answer())
    call(around, wanted(payload=Credit(amount=5)))
    assert around.http.sent[0].body == b'{"amount":5}'


def test_the_given_idempotency_key_is_sent() -> None:
    """A deed that the caller names has that name at the callee."""
    around = calling(answer())
    call(around, wanted(idempotency_key="k-1"))
    assert header(around, "idempotency-key") == ["k-1"]


def test_what_is_safe_to_repeat_has_no_idempotency_key() -> None:
    """There is no record to keep of it."""
    around = calling(answer())
    call(around, wanted("balance", idempotency_key="k-1"))
    assert header(around, "idempotency-key") == [None]


@pytest.mark.parametrize("trouble", [NotSentError("refused"), BrokenError("reset")])
def test_a_deed_without_a_name_gets_one_for_all_attempts(trouble: Exception) -> None:
    """What is not safe to repeat is tried again under one key, so that the callee does it once."""
    around = calling(trouble, answer())
    assert call(around).attempts == 2
    first, second = header(around, "idempotency-key")
    assert first is not None
    assert first == second


def test_two_deeds_have_two_names() -> None:
    """Keys that are made are for one call, not for one question."""
    around = calling(answer(), answer())
    call(around, wanted(), wanted())
    first, second = header(around, "idempotency-key")
    assert first != second


def test_each_attempt_is_signed_anew() -> None:
    """The receiver accepts a signature once."""
    around = calling(HttpAnswer(status=503, body=b""), answer())
    call(around)
    first, second = header(around, "authorization")
    assert first != second


def test_attempts_have_an_end() -> None:
    """Three attempts in all, and the error counts them."""
    around = calling(*(BrokenError("reset") for _ in range(4)))
    with pytest.raises(TransientUnreachableError) as caught:
        call(around)
    assert (caught.value.attempts, len(around.http.sent)) == (3, 3)


@pytest.mark.parametrize(
    "final",
    [problem(400, "invalid-request"), HttpAnswer(status=500, body=b""), problem(403, "denied-by-policy")],
)
def test_what_would_not_help_is_not_tried_again(final: HttpAnswer) -> None:
    """Only what may pass is tried again."""
    around = calling(final)
    with pytest.raises(Exception, match="`ledger`"):
        call(around)
    assert len(around.http.sent) == 1


def test_a_refused_grant_is_asked_for_again() -> None:
    """The kept grant is dropped, and the next attempt has a new one."""
    around = calling(problem(403, "grant-refused"), answer())
    assert call(around).attempts == 2
    assert header(around, "x-myelin-grant") == ["g-1", "g-2"]


def test_a_grant_is_renewed_once() -> None:
    """A second refusal is final."""
    around = calling(*(problem(403, "grant-refused") for _ in range(3)))
    with pytest.raises(GrantRefusedError):
        call(around)
    assert header(around, "x-myelin-grant") == ["g-1", "g-2"]


def test_a_grant_that_is_not_given_again_ends_the_call() -> None:
    """If governance no longer allows it, nothing more is sent."""
    around = calling(answer(), problem(403, "grant-refused"))
    call(around)
    around.governance.changes = {"allowed": False, "grant": None, "reason_code": "forbidden"}
    with pytest.raises(GrantRefusedError):
        call(around)
    assert len(around.http.sent) == 2


def test_a_refused_signature_is_made_again_with_the_new_key() -> None:
    """The key is read again, and the next attempt is signed with it."""
    around = calling(problem(401, "unauthenticated"), answer())

    async def run() -> Called:
        await around.keys.load()
        around.secrets.rotate(SECRET, "v2", "second")
        return await around.caller.call(wanted(), around.due())

    assert asyncio.run(run()).attempts == 2
    signed = [str(value) for value in header(around, "authorization")]
    assert ["orbit.v1/" in signed[0], "orbit.v2/" in signed[1]] == [True, True]


@pytest.mark.parametrize("failing", [None, "ThrottlingException"])
def test_without_another_key_a_refused_signature_is_final(failing: str | None) -> None:
    """The key is read again once; if it is the same, or cannot be read, there is no second attempt."""
    around = calling(problem(403, "signature-refused"))

    async def run() -> None:
        await around.keys.load()
        around.secrets.failing = failing
        around.secrets.reads.clear()
        with pytest.raises(SignatureRefusedError):
            await around.caller.call(wanted(), around.due())

    asyncio.run(run())
    assert [stage for _, stage in around.secrets.reads].count("AWSCURRENT") == 1
    assert len(around.http.sent) == 1


def test_an_open_circuit_sends_nothing_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """While the breaker is open the target is unavailable. OBS-5"""
    around = calling()
    breaker = around.caller.breakers["ledger"]
    for _ in range(20):
        permit = breaker.acquire()
        assert permit is not None
        breaker.record(permit, Outcome.FAILURE)
    with pytest.raises(TargetUnavailableError, match="circuit breaker is open"):
        call(around)
    assert not around.http.sent
    assert capsys.readouterr().out.count("CallsNotMade") > 0


def test_refusals_do_not_open_the_circuit() -> None:
    """A caller's own mistakes say nothing about the health of the target."""
    around = calling(*(problem(400, "invalid-request") for _ in range(30)))
    for _ in range(30):
        with pytest.raises(TargetRefusedError):
            call(around)
    assert around.caller.breakers["ledger"].state == "closed"


def test_retries_have_a_budget() -> None:
    """Ten retries are for a start and then one for ten calls, not two for each call."""
    around = calling(*(problem(409, "in-progress") for _ in range(40)))

    async def run() -> list[int]:
        await around.keys.load()
        totals = []
        for _ in range(11):
            with pytest.raises(TransientUnavailableError):
                await around.caller.call(wanted(), around.due())
            totals.append(len(around.http.sent))
        return totals

    assert asyncio.run(run()) == [3, 6, 9, 12, 15, 16, 17, 18, 19, 20, 22]


def test_mending_costs_no_retry_of_the_budget() -> None:
    """A grant that ended strikes all calls at once: thirty are refused once each, and each is done."""
    around = calling(*(each for _ in range(30) for each in (problem(403, "grant-refused"), answer())))

    async def run() -> set[int]:
        await around.keys.load()
        return {(await around.caller.call(wanted(), around.due())).attempts for _ in range(30)}

    assert asyncio.run(run()) == {2}


def test_a_pause_that_would_miss_the_deadline_is_not_made() -> None:
    """Without time for another attempt the first one's error is the answer."""
    around = calling(BrokenError("reset"), answer())
    around.caller._chance = lambda: 1.0
    with pytest.raises(TransientUnreachableError):
        call(around, seconds=0.05)
    assert len(around.http.sent) == 1


class Audited(BaseModel):
    purpose: str | None = None


class Renamed(BaseModel):
    what: str = Field(serialization_alias="purpose")


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (Audited(), {"purpose": "audit"}),
        (Audited(purpose="support"), {"purpose": "support"}),
        (Renamed(what="support"), {"purpose": "support"}),
    ],
)
def test_the_question_is_about_what_is_sent(payload: BaseModel, asked: dict[str, str]) -> None:
    """Attributes are those of the JSON in the body: without members that are None, by the names in it."""
    around = calling(answer())
    call(around, wanted(payload=payload, context={"purpose": "audit"}))
    assert [dict(each.context or {}) for each in around.governance.questions] == [asked]
