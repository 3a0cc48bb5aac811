"""Which calls are admitted: declared, signed, granted, unused and unchanged ones alone. GOV-4, AXN-2."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calls.granting.keys import make_key
from services.runtime.requests.admission import Admitted, Head, Intent, Rejected, spelled_context
from services.runtime.signing.canonical import SignableRequest
from tests.support.services.signed_calls import (
    BALANCE,
    CREDIT,
    ORBIT,
    WEB,
    CallerKeys,
    SignedCall,
    ledger_admission,
    now,
)


class Callee:
    """The ledger's admission, with a clock that can be moved."""

    def __init__(self, *, keys: CallerKeys | None = None, capacity: int = 1000) -> None:
        self.keys = keys or CallerKeys()
        self.later = 0.0
        self.admission = ledger_admission(self.keys, capacity=capacity, later=lambda: self.later)

    def judge(
        self, request: SignableRequest, intent: Intent = CREDIT, *, body_later: float = 0.0
    ) -> Admitted | Rejected:
        head = asyncio.run(self.admission.head(request, intent))
        if isinstance(head, Rejected):
            return head
        assert isinstance(head, Head)
        self.later += body_later
        return self.admission.body(head, request.body)

    def refusal(self, request: SignableRequest, intent: Intent = CREDIT, **more: Any) -> tuple[int, str]:
        found = self.judge(request, intent, **more)
        return (found.status, found.reason) if isinstance(found, Rejected) else (200, "")


def test_a_declared_signed_and_granted_call_is_admitted_with_all_that_it_says() -> None:
    """The handler gets caller, tenant, payload and decision as they were proved."""
    call = SignedCall(context={"purpose": "refund"})
    found = Callee().judge(call.request())
    assert isinstance(found, Admitted)
    assert (found.caller, found.intent, found.tenant, found.payload) == (
        "orbit",
        CREDIT,
        "acme",
        call.payload,
    )
    assert (found.context, found.unproven) == ({"purpose": "refund"}, False)
    assert (found.idempotency_key, found.decision_id, found.policy_version) == ("k-1", "d-1", "pv")


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        (SignedCall(headers={"x-myelin-grant": None}), (403, "grant_missing")),
        (SignedCall(key=WEB), (403, "call_not_declared")),
        (SignedCall(key=replace(ORBIT, caller="nobody")), (403, "call_not_declared")),
        (SignedCall(key=replace(ORBIT, version="v0")), (403, "unknown_key")),
        (SignedCall(key=replace(ORBIT, secret="x" * 64)), (403, "signature_mismatch")),
        (SignedCall(grant={"caller": "web"}), (403, "grant_of_other_caller")),
        (SignedCall(grant={"callee": "axon"}), (403, "grant_of_other_callee")),
        (SignedCall(grant={"intent": "balance"}), (403, "grant_of_other_intent")),
        (SignedCall(grant={"tenant": "other"}), (403, "grant_of_other_tenant")),
        (SignedCall(grant={"tenant": None}), (403, "grant_of_other_tenant")),
        (SignedCall(grant={"issuer": "123456789012/eu-central-1/dev"}), (403, "grant_of_other_issuer")),
        # in a day: a run of all tests comes to this one long after it was collected
        (SignedCall(grant={"expires_at": int(now()) + 86_400}), (403, "grant_lives_too_long")),
        (SignedCall(grant={"issued_at": 1, "expires_at": 2}), (403, "grant_expired")),
        (SignedCall(grant_key=make_key()), (403, "grant_key_unknown")),
        (SignedCall(headers={"x-myelin-tenant": "other"}), (403, "grant_of_other_tenant")),
        (SignedCall(headers={"x-myelin-unproven": "1"}), (403, "grant_of_other_question")),
        (SignedCall(unproven=True, headers={"x-myelin-unproven": None}), (403, "grant_of_other_question")),
        (SignedCall(body=b'{"amount": 500}'), (403, "grant_of_other_question")),
        (SignedCall(body=b"{}"), (403, "grant_of_other_question")),
        (
            SignedCall(headers={"x-myelin-context": spelled_context({"purpose": "x"})}),
            (403, "grant_of_other_question"),
        ),
        (SignedCall(body=b'{"amount": 5, "amount": 500}'), (400, "invalid_request")),
        (SignedCall(body=b'{"amount": 5, "Amount": 500}'), (400, "invalid_request")),
        (SignedCall(body=b'{"amount": null}'), (400, "invalid_request")),
        (SignedCall(body=b"not json"), (400, "invalid_request")),
        (SignedCall(headers={"content-encoding": "gzip"}), (400, "invalid_request")),
        (SignedCall(headers={"x-myelin-unproven": "true"}), (400, "invalid_request")),
        (SignedCall(headers={"x-myelin-context": "e30=="}), (400, "invalid_request")),
        (SignedCall(headers={"x-myelin-context": "W10"}), (400, "invalid_request")),
        (SignedCall(idempotency_key=None), (400, "invalid_request")),
        (SignedCall(idempotency_key="x" * 129), (400, "invalid_request")),
        (SignedCall(path="/credit?x=1"), (400, "invalid_request")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_anything_else_is_refused_for_its_reason(call: SignedCall, refused: tuple[int, str]) -> None:
    """Each way of not being the granted call has its status for the caller and its reason for the log."""
    assert Callee().refusal(call.request()) == refused


def test_what_is_not_looked_at_may_change() -> None:
    """Members that the intent does not declare are no part of the question: one grant fits them all."""
    call = SignedCall()
    other = replace(call, payload={"amount": 5, "note": "something else"})
    assert Callee().refusal(other.request(call.token())) == (200, "")


def test_a_request_is_admitted_once() -> None:
    """The same request again is a replay; a new signature with the same grant is another attempt."""
    callee, call = Callee(), SignedCall()
    request, token = call.request(), call.token()
    assert callee.refusal(request) == (200, "")
    assert callee.refusal(request) == (403, "replayed")
    assert callee.refusal(call.request(token)) == (200, "")


def test_a_request_held_open_is_not_admitted_late() -> None:
    """A body that is complete only after the window, or after the grant, comes too late."""
    assert Callee().refusal(SignedCall().request(), body_later=31)[1] in ("expired", "grant_expired")
    short = SignedCall(grant={"expires_at": int(now()) + 3})
    assert Callee().refusal(short.request(), body_later=5) == (403, "grant_expired")


def test_a_used_request_is_not_admitted_again_at_its_end() -> None:
    """Copies of a request that was admitted are refused whole, in its last second and after it, and also if
    their heads come in time and their bodies after it.
    """
    callee, request = Callee(), SignedCall().request()
    assert callee.refusal(request) == (200, "")
    callee.later = 28.0
    assert [callee.refusal(request, body_later=0.5) for _ in range(3)] == [(403, "replayed")] * 3
    callee.later = 31.0
    assert callee.refusal(request) == (401, "expired")


def test_of_copies_that_are_held_open_none_is_admitted_late() -> None:
    """Heads that all came in time, and bodies that all come after it: not even the first is admitted."""
    callee, request = Callee(), SignedCall().request()
    callee.later = 28.0
    heads = [asyncio.run(callee.admission.head(request, CREDIT)) for _ in range(6)]
    assert [getattr(head, "reason", "taken") for head in heads] == ["taken", *["replayed"] * 5]
    callee.later = 31.0
    assert isinstance(heads[0], Head)
    late = callee.admission.body(heads[0], request.body)
    assert isinstance(late, Rejected)
    assert late.reason == "expired"


def test_a_full_cache_refuses_rather_than_forgets() -> None:
    """A signature that could be replayed is never forgotten to make room."""
    callee = Callee(capacity=1)
    assert callee.refusal(SignedCall().request()) == (200, "")
    assert callee.refusal(SignedCall().request()) == (403, "replay_cache_full")


def test_a_refused_grant_does_not_use_the_signature_up() -> None:
    """Only what is in order is reserved: a stranger cannot fill the cache with refused requests."""
    callee = Callee(capacity=1)
    for _ in range(3):
        assert callee.refusal(SignedCall(grant_key=make_key()).request()) == (403, "grant_key_unknown")
    assert callee.refusal(SignedCall().request()) == (200, "")


def test_keys_that_cannot_be_read_are_503_or_403_and_never_an_admission() -> None:
    """Without the public keys nothing is admitted; without the signing key, neither."""
    assert Callee(keys=CallerKeys(failing="grants")).refusal(SignedCall().request()) == (
        503,
        "grant_keys_unavailable",
    )
    assert Callee(keys=CallerKeys(failing="signing")).refusal(SignedCall().request())[1] == "keys_unavailable"


def test_an_intent_that_is_safe_to_repeat_needs_no_key() -> None:
    """Reading twice does no harm; a payload need not be an object either."""
    call = SignedCall(intent=BALANCE, idempotency_key=None, payload=[1, 2])
    assert Callee().refusal(call.request(), BALANCE) == (200, "")
    assert Callee().refusal(replace(call, key=WEB).request(), BALANCE) == (200, "")


def test_a_grant_for_one_intent_opens_no_other() -> None:
    """The path gives the intent; the grant's has to be the same."""
    call = SignedCall(intent=BALANCE, path="/credit")
    assert Callee().refusal(call.request(), CREDIT) == (403, "grant_of_other_intent")


def test_headers_that_change_the_question_have_to_be_signed() -> None:
    """A header put on behind the signature's back is refused."""
    request = SignedCall(tenant=None, intent=BALANCE, idempotency_key=None).request()
    for name, value in (
        ("x-myelin-tenant", "acme"),
        ("x-myelin-unproven", "1"),
        ("x-myelin-context", "e30"),
        ("idempotency-key", "k-2"),
    ):
        altered = replace(request, headers=(*request.headers, (name, value)))
        assert Callee().refusal(altered, BALANCE)[1] == "header_not_signed", name


@given(data=st.data())
def test_no_changed_byte_is_admitted(data: st.DataObject) -> None:
    """One byte changed in the path, a signed header's value or the body: refused. GOV-4"""
    request = SignedCall().request()
    part = data.draw(st.sampled_from(["path", "body", *(name for name, _ in request.headers)]))
    before = {"path": request.path.encode(), "body": request.body}
    text = before.get(part) or dict(request.headers)[part].encode()
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(33, 126).filter(lambda one: one != text[at]))
    changed = text[:at] + bytes([byte]) + text[at + 1 :]
    if part == "body":
        altered = replace(request, body=changed)
    elif part == "path":
        altered = replace(request, path=changed.decode())
    else:
        altered = replace(
            request,
            headers=tuple((n, changed.decode() if n == part else v) for n, v in request.headers),
        )
    assert Callee().refusal(altered)[0] >= 400
