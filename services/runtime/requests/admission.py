"""Admits a call, or refuses it: declared, signed, granted, unused, and unchanged, in this order.

    head   the caller declares this call      nothing else is looked at for one that does not
           its signature over the head        with the claimed hash of the body: before the body is read
           its grant                          governance's signature, this call, now
           the signature's first use          reserved in this instance
    body   its hash, date and grant again     a request that was held open is not admitted late
           the question                       computed from the bytes that arrived

The reasons of refusals are for the log; an answer shows its status and nothing more. docs/wire.md, GOV-4.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.runtime.errors import GrantKeysError, PayloadError, SecretUnavailableError
from services.runtime.grants import grant as grants
from services.runtime.grants.grant import Expected, GrantKeys, GrantRefused, VerifiedGrant
from services.runtime.grants.question import attributes_of, question_hash, read_payload
from services.runtime.signing.canonical import SignableRequest
from services.runtime.signing.replay import ReplayCache, Use
from services.runtime.signing.verify import (
    MAX_SKEW_SECONDS,
    Accepted,
    Claim,
    Reason,
    Refused,
    check,
    check_body,
    read_claim,
)

TENANT = "x-myelin-tenant"
CONTEXT = "x-myelin-context"
UNPROVEN = "x-myelin-unproven"
IDEMPOTENCY_KEY = "idempotency-key"
MAX_CONTEXT_BYTES = 2048
MAX_KEY = 128
"""Characters of an idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An intent that this service offers, as it declares it."""

    name: str
    safe_to_repeat: bool = False
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The call is not admitted. `slug` and `status` are for the caller, `reason` and `detail` for the log."""

    slug: str
    status: int
    reason: str
    detail: str = ""
    caller: str | None = None
    decision_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A call whose head is in order; its body is not read yet."""

    intent: Intent
    claim: Claim
    accepted: Accepted
    grant: VerifiedGrant
    tenant: str | None
    context: Mapping[str, Any]
    unproven: bool
    idempotency_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A call that may be carried out. `payload` is the JSON value of its body."""

    caller: str
    intent: Intent
    tenant: str | None
    context: Mapping[str, Any]
    unproven: bool
    payload: Any
    body_hash: str
    signature: str
    idempotency_key: str | None
    decision_id: str
    policy_version: str


class KeyFinder(Protocol):
    """Finds the secret of one version of a caller's key. See `services.runtime.signing.keys.SigningKeys`."""

    async def find(self, peer: str, version: str) -> str | None:
        """The secret, or None. Raises `SecretUnavailableError`."""
        ...


class GrantKeyFinder(Protocol):
    """Finds the public keys of grants. See `services.runtime.grants.key_set.GrantKeySet`."""

    async def find(self, header: str) -> GrantKeys:
        """The keys, with the one of this header if there is one. Raises `GrantKeysError`."""
        ...


class Admission:
    """Decides about calls of one service, for one process. It belongs to one event loop."""

    def __init__(
        self,
        *,
        service: str,
        issuer: str,
        region: str,
        callers: Mapping[str, frozenset[str]],
        keys: KeyFinder,
        grant_keys: GrantKeyFinder,
        bound_seconds: float,
        replays: ReplayCache | None = None,
        epoch_seconds: Callable[[], float] = time.time,
    ) -> None:
        """`callers` maps each declared caller to the intents that it declares; `issuer` is the `iss` of this
        environment's grants; `bound_seconds` the longest that any of them lives.
        """
        self._service = service
        self._issuer = issuer
        self._region = region
        self._callers = callers
        self._keys = keys
        self._grant_keys = grant_keys
        self._bound_seconds = bound_seconds
        self._replays = ReplayCache() if replays is None else replays
        self._epoch_seconds = epoch_seconds

    async def head(self, request: SignableRequest, intent: Intent) -> Head | Rejected:
        """Judge the head of a `POST` to the path of `intent`."""
        claim = read_claim(request, region=self._region, now=self._epoch_seconds())
        if isinstance(claim, Refused):
            return _unsigned(claim)
        if intent.name not in self._callers.get(claim.caller, frozenset()):
            return _unsigned(claim.refused(Reason.CALL_NOT_DECLARED, intent.name))
        accepted = await self._signed(request, claim)
        if isinstance(accepted, Refused):
            return _unsigned(accepted)
        stated = _stated(request, intent)
        if isinstance(stated, Rejected):
            return stated
        grant = await self._granted(request, intent, claim.caller, stated.tenant)
        if isinstance(grant, Rejected):
            return grant
        used = self._replays.use(
            accepted.signature,
            expires_at=accepted.signed_at + MAX_SKEW_SECONDS,
            now=self._epoch_seconds(),
        )
        if used is not Use.FIRST:
            reason = Reason.REPLAYED if used is Use.REPEATED else Reason.REPLAY_CACHE_FULL
            return _unsigned(claim.refused(reason))
        return Head(
            intent=intent,
            claim=claim,
            accepted=accepted,
            grant=grant,
            tenant=stated.tenant,
            context=stated.context,
            unproven=stated.unproven,
            idempotency_key=stated.idempotency_key,
        )

    def body(self, head: Head, body: bytes) -> Admitted | Rejected:
        """Judge the body, when all of it is there."""
        now = self._epoch_seconds()
        if refused := check_body(head.claim, body, now=now):
            return _unsigned(refused)
        try:
            payload = read_payload(body)
            attributes = attributes_of(payload, head.context, head.intent.attributes)
        except PayloadError as error:
            return _invalid("payload", error.message, head.claim.caller)
        asked = question_hash(
            caller=head.claim.caller,
            callee=self._service,
            intent=head.intent.name,
            tenant=head.tenant,
            attributes=attributes,
            unproven=head.unproven,
        )
        if mismatch := head.grant.holds(asked, now=now):
            return _ungranted(mismatch, head.claim.caller)
        return Admitted(
            caller=head.claim.caller,
            intent=head.intent,
            tenant=head.tenant,
            context=head.context,
            unproven=head.unproven,
            payload=payload,
            body_hash=head.claim.payload_hash,
            signature=head.accepted.signature,
            idempotency_key=head.idempotency_key,
            decision_id=head.grant.decision_id,
            policy_version=head.grant.policy_version,
        )

    async def _signed(self, request: SignableRequest, claim: Claim) -> Accepted | Refused:
        try:
            secret = await self._keys.find(claim.caller, claim.key_version)
        except SecretUnavailableError as error:
            return claim.refused(Reason.KEYS_UNAVAILABLE, error.code)
        return check(request, claim, secret=secret)

    async def _granted(
        self, request: SignableRequest, intent: Intent, caller: str, tenant: str | None
    ) -> VerifiedGrant | Rejected:
        tokens = request.header(grants.HEADER)
        try:
            keys = await self._grant_keys.find(tokens[0].partition(".")[0] if tokens else "")
        except GrantKeysError as error:
            return Rejected(
                slug="grant-keys-unavailable",
                status=503,
                reason="grant_keys_unavailable",
                detail=error.message,
                caller=caller,
            )
        expected = Expected(
            issuer=self._issuer,
            caller=caller,
            callee=self._service,
            intent=intent.name,
            tenant=tenant,
            bound_seconds=self._bound_seconds,
        )
        found = grants.read_grant(tokens, keys, expected, now=self._epoch_seconds())
        return _ungranted(found, caller) if isinstance(found, GrantRefused) else found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What the caller says of its call besides the body."""

    tenant: str | None
    context: Mapping[str, Any]
    unproven: bool
    idempotency_key: str | None


def _stated(request: SignableRequest, intent: Intent) -> _Stated | Rejected:
    """The signed headers about the question, each there once or not at all."""
    values: dict[str, str | None] = {}
    for name in (TENANT, CONTEXT, UNPROVEN, IDEMPOTENCY_KEY):
        found = request.header(name)
        if len(found) > 1 or found == ("",):
            return _invalid(name, "has to be there once, with a value, or not at all")
        values[name] = found[0] if found else None
    if request.query:
        return _invalid("query", "an intent takes none")
    if request.header("content-encoding"):
        return _invalid("content-encoding", "the body has to be sent as it is")
    if values[UNPROVEN] not in (None, "1"):
        return _invalid(UNPROVEN, "has to be `1`, or absent")
    key = values[IDEMPOTENCY_KEY]
    if key is not None and not (
        len(key) <= MAX_KEY and key.isascii() and key.isprintable() and " " not in key
    ):
        return _invalid(IDEMPOTENCY_KEY, "has to be 1 to 128 visible ASCII characters")
    if key is None and not intent.safe_to_repeat:
        return _invalid(IDEMPOTENCY_KEY, f"`{intent.name}` is not safe to repeat, so it needs one")
    context = _context(values[CONTEXT])
    if context is None:
        return _invalid(CONTEXT, "has to be a JSON object in base64url, at most 2 KiB")
    return _Stated(
        tenant=values[TENANT],
        context=context,
        unproven=values[UNPROVEN] is not None,
        idempotency_key=key,
    )


def _context(text: str | None) -> Mapping[str, Any] | None:
    """The client's claims; None if the header holds anything but an object."""
    if text is None:
        return {}
    if len(text) > MAX_CONTEXT_BYTES:
        return None
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        found = read_payload(data)
    except (ValueError, PayloadError):
        return None
    # in its one spelling: base64 decoders pass over what does not belong there
    return found if isinstance(found, dict) and _encoded(data) == text else None


def spelled_context(context: Mapping[str, Any]) -> str:
    """`context` as the header carries it."""
    return _encoded(json.dumps(context, separators=(",", ":"), sort_keys=True).encode())


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unsigned(refused: Refused) -> Rejected:
    slug = "unauthenticated" if refused.status == 401 else "signature-refused"
    return Rejected(
        slug=slug,
        status=refused.status,
        reason=refused.reason.value,
        detail=refused.detail,
        caller=refused.caller,
    )


def _ungranted(refused: GrantRefused, caller: str) -> Rejected:
    return Rejected(
        slug="grant-refused",
        status=403,
        reason=refused.reason.value,
        caller=caller,
        decision_id=refused.decision_id,
    )


def _invalid(part: str, problem: str, caller: str | None = None) -> Rejected:
    return Rejected(
        slug="invalid-request",
        status=400,
        reason="invalid_request",
        detail=f"{part}: {problem}",
        caller=caller,
    )
