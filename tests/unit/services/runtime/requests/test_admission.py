"""Which calls are admitted: declared, signed, granted, unused and unchanged ones alone. GOV-4, AXN-2."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calls.granting.grant import Grant, sign_grant
from policies.calls.granting.keys import GrantKey, make_key
from policies.calls.granting.question import question_hash
from services.runtime.errors import GrantKeysError, SecretUnavailableError
from services.runtime.grants.key_set import read_key_set
from services.runtime.requests.admission import Admission, Admitted, Head, Intent, Rejected, spelled_context
from services.runtime.signing.canonical import SignableRequest
from services.runtime.signing.replay import ReplayCache
from services.runtime.signing.sign import SigningKey, sign

REGION, ISSUER, BOUND = "eu-central-1", "123456789012/eu-central-1/prod", 30
CREDIT = Intent(name="credit", safe_to_repeat=False, attributes=("amount", "purpose"))
BALANCE = Intent(name="balance", safe_to_repeat=True)
ORBIT = SigningKey(caller="orbit", version="v1", secret="k" * 64)
WEB = SigningKey(caller="web", version="v1", secret="w" * 64)
KEY = make_key()


@dataclass
class Keys:
    """Signing keys of callers, and public keys of grants."""

    failing: str | None = None
    grant_keys: tuple[GrantKey, ...] = (KEY,)

    async def find(self, peer: str, version: str | None = None) -> Any:
        if version is None:
            if self.failing:
                raise GrantKeysError("cannot be read")
            text = json.dumps({"keys": [key.public_jwk() for key in self.grant_keys]})
            return {header: key.public for header, key in read_key_set(text).items()}
        if self.failing == "signing":
            raise SecretUnavailableError(peer, "ThrottlingException")
        return {"orbit": ORBIT.secret, "web": WEB.secret}.get(peer) if version == "v1" else None


class Callee:
    """The ledger's admission, with a clock that can be moved."""

    def __init__(self, *, keys: Keys | None = None, capacity: int = 1000) -> None:
        self.keys = keys or Keys()
        self.later = 0.0
        self.admission = Admission(
            service="ledger",
            issuer=ISSUER,
            region=REGION,
            callers={"orbit": frozenset({"credit", "balance"}), "web": frozenset({"balance"})},
            keys=self.keys,
            grant_keys=self.keys,
            bound_seconds=BOUND,
            replays=ReplayCache(capacity=capacity),
            epoch_seconds=lambda: now() + self.later,
        )

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


def now() -> float:
    return datetime.now(UTC).timestamp()


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call as a caller makes it; what is changed here is changed in the request and not in the grant."""

    intent: Intent = CREDIT
    tenant: str | None = "acme"
    payload: Any = field(default_factory=lambda: {"amount": 5, "note": "x"})
    context: Mapping[str, Any] = field(default_factory=dict)
    unproven: bool = False
    key: SigningKey = ORBIT
    grant_key: GrantKey = KEY
    idempotency_key: str | None = "k-1"
    grant: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | None = None
    path: str | None = None

    def attributes(self) -> dict[str, Any] | None:
        if not self.intent.attributes:
            return None
        given = {**self.context, **(self.payload if isinstance(self.payload, dict) else {})}
        return {name: given[name] for name in self.intent.attributes if name in given}

    def token(self) -> str:
        issued = int(now())
        fields: dict[str, Any] = {
            "issuer": ISSUER,
            "caller": self.key.caller,
            "callee": "ledger",
            "intent": self.intent.name,
            "tenant": self.tenant,
            "question_hash": question_hash(
                caller=self.key.caller,
                callee="ledger",
                intent=self.intent.name,
                tenant=self.tenant,
                attributes=self.attributes(),
                unproven=self.unproven,
            ),
            "policy_version": "pv",
            "decision_id": "d-1",
            "issued_at": issued,
            "expires_at": issued + BOUND,
        }
        return sign_grant(Grant(**{**fields, **self.grant}), self.grant_key)

    def request(self, token: str | None = None) -> SignableRequest:
        body = json.dumps(self.payload).encode() if self.body is None else self.body
        headers: dict[str, str | None] = {
            "content-type": "application/json",
            "x-correlation-id": "c-1",
            "x-myelin-grant": token or self.token(),
            "x-myelin-tenant": self.tenant,
            "x-myelin-context": spelled_context(self.context) if self.context else None,
            "x-myelin-unproven": "1" if self.unproven else None,
            "idempotency-key": self.idempotency_key,
            **self.headers,
        }
        path = self.path or f"/{self.intent.name}"
        sent = sign(
            method="POST",
            url=f"http://ledger:9000{path}",
            headers={name: value for name, value in headers.items() if value is not None},
            body=body,
            key=self.key,
            region=REGION,
        )
        bare, _, query = path.partition("?")
        return SignableRequest(method="POST", path=bare, query=query, headers=tuple(sent.items()), body=body)


def test_a_declared_signed_and_granted_call_is_admitted_with_all_that_it_says() -> None:
    """The handler gets caller, tenant, payload and decision as they were proved."""
    call = Call(context={"purpose": "refund"})
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
        (Call(headers={"x-myelin-grant": None}), (403, "grant_missing")),
        (Call(key=WEB), (403, "call_not_declared")),
        (Call(key=replace(ORBIT, caller="nobody")), (403, "call_not_declared")),
        (Call(key=replace(ORBIT, version="v0")), (403, "unknown_key")),
        (Call(key=replace(ORBIT, secret="x" * 64)), (403, "signature_mismatch")),
        (Call(grant={"caller": "web"}), (403, "grant_of_other_caller")),
        (Call(grant={"callee": "axon"}), (403, "grant_of_other_callee")),
        (Call(grant={"intent": "balance"}), (403, "grant_of_other_intent")),
        (Call(grant={"tenant": "other"}), (403, "grant_of_other_tenant")),
        (Call(grant={"tenant": None}), (403, "grant_of_other_tenant")),
        (Call(grant={"issuer": "123456789012/eu-central-1/dev"}), (403, "grant_of_other_issuer")),
        (Call(grant={"expires_at": int(now()) + BOUND + 60}), (403, "grant_lives_too_long")),
        (Call(grant={"issued_at": 1, "expires_at": 2}), (403, "grant_expired")),
        (Call(grant_key=make_key()), (403, "grant_key_unknown")),
        (Call(headers={"x-myelin-tenant": "other"}), (403, "grant_of_other_tenant")),
        (Call(headers={"x-myelin-unproven": "1"}), (403, "grant_of_other_question")),
        (Call(unproven=True, headers={"x-myelin-unproven": None}), (403, "grant_of_other_question")),
        (Call(body=b'{"amount": 500}'), (403, "grant_of_other_question")),
        (Call(body=b"{}"), (403, "grant_of_other_question")),
        (
            Call(headers={"x-myelin-context": spelled_context({"purpose": "x"})}),
            (403, "grant_of_other_question"),
        ),
        (Call(body=b'{"amount": 5, "amount": 500}'), (400, "invalid_request")),
        (Call(body=b'{"amount": 5, "Amount": 500}'), (400, "invalid_request")),
        (Call(body=b'{"amount": null}'), (400, "invalid_request")),
        (Call(body=b"not json"), (400, "invalid_request")),
        (Call(headers={"content-encoding": "gzip"}), (400, "invalid_request")),
        (Call(headers={"x-myelin-unproven": "true"}), (400, "invalid_request")),
        (Call(headers={"x-myelin-context": "e30=="}), (400, "invalid_request")),
        (Call(headers={"x-myelin-context": "W10"}), (400, "invalid_request")),
        (Call(idempotency_key=None), (400, "invalid_request")),
        (Call(idempotency_key="x" * 129), (400, "invalid_request")),
        (Call(path="/credit?x=1"), (400, "invalid_request")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_anything_else_is_refused_for_its_reason(call: Call, refused: tuple[int, str]) -> None:
    """Each way of not being the granted call has its status for the caller and its reason for the log."""
    assert Callee().refusal(call.request()) == refused


def test_what_is_not_looked_at_may_change() -> None:
    """Members that the intent does not declare are no part of the question: one grant fits them all."""
    call = Call()
    other = replace(call, payload={"amount": 5, "note": "something else"})
    assert Callee().refusal(other.request(call.token())) == (200, "")


def test_a_request_is_admitted_once() -> None:
    """The same request again is a replay; a new signature with the same grant is another attempt."""
    callee, call = Callee(), Call()
    request, token = call.request(), call.token()
    assert callee.refusal(request) == (200, "")
    assert callee.refusal(request) == (403, "replayed")
    assert callee.refusal(call.request(token)) == (200, "")


def test_a_request_held_open_is_not_admitted_late() -> None:
    """A body that is complete only after the window, or after the grant, comes too late."""
    assert Callee().refusal(Call().request(), body_later=31)[1] in ("expired", "grant_expired")
    short = Call(grant={"expires_at": int(now()) + 3})
    assert Callee().refusal(short.request(), body_later=5) == (403, "grant_expired")


def test_a_full_cache_refuses_rather_than_forgets() -> None:
    """A signature that could be replayed is never forgotten to make room."""
    callee = Callee(capacity=1)
    assert callee.refusal(Call().request()) == (200, "")
    assert callee.refusal(Call().request()) == (403, "replay_cache_full")


def test_a_refused_grant_does_not_use_the_signature_up() -> None:
    """Only what is in order is reserved: a stranger cannot fill the cache with refused requests."""
    callee = Callee(capacity=1)
    for _ in range(3):
        assert callee.refusal(Call(grant_key=make_key()).request()) == (403, "grant_key_unknown")
    assert callee.refusal(Call().request()) == (200, "")


def test_keys_that_cannot_be_read_are_503_or_403_and_never_an_admission() -> None:
    """Without the public keys nothing is admitted; without the signing key, neither."""
    assert Callee(keys=Keys(failing="grants")).refusal(Call().request()) == (503, "grant_keys_unavailable")
    assert Callee(keys=Keys(failing="signing")).refusal(Call().request())[1] == "keys_unavailable"


def test_an_intent_that_is_safe_to_repeat_needs_no_key() -> None:
    """Reading twice does no harm; a payload need not be an object either."""
    call = Call(intent=BALANCE, idempotency_key=None, payload=[1, 2])
    assert Callee().refusal(call.request(), BALANCE) == (200, "")
    assert Callee().refusal(replace(call, key=WEB).request(), BALANCE) == (200, "")


def test_a_grant_for_one_intent_opens_no_other() -> None:
    """The path gives the intent; the grant's has to be the same."""
    call = Call(intent=BALANCE, path="/credit")
    assert Callee().refusal(call.request(), CREDIT) == (403, "grant_of_other_intent")


def test_headers_that_change_the_question_have_to_be_signed() -> None:
    """A header put on behind the signature's back is refused."""
    request = Call(tenant=None, intent=BALANCE, idempotency_key=None).request()
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
    request = Call().request()
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
