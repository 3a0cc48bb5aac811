"""Calls as callers make them, with every part that can be changed: for tests of what admits them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from policies.calls.granting.grant import Grant, sign_grant
from policies.calls.granting.keys import GrantKey, make_key
from policies.calls.granting.question import question_hash
from services.runtime.errors import GrantKeysError, SecretUnavailableError
from services.runtime.grants.key_set import read_key_set
from services.runtime.requests.admission import Admission, Intent, spelled_context
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
class CallerKeys:
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


def now() -> float:
    return datetime.now(UTC).timestamp()


@dataclass(frozen=True, kw_only=True)
class SignedCall:
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


def ledger_admission(keys: CallerKeys, *, capacity: int = 1000, later: Any = lambda: 0.0) -> Admission:
    """The admission of a service `ledger`, whose clock is ahead by what `later` says."""
    return Admission(
        service="ledger",
        issuer=ISSUER,
        region=REGION,
        callers={"orbit": frozenset({"credit", "balance"}), "web": frozenset({"balance"})},
        keys=keys,
        grant_keys=keys,
        bound_seconds=BOUND,
        replays=ReplayCache(capacity=capacity),
        epoch_seconds=lambda: now() + later(),
    )
