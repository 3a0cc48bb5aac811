"""Lets no request through to a service that is not signed by a caller it declares.

Everything but a few open paths is guarded, so that a new route is closed until somebody opens it. The answer
to a refusal says 401 or 403 and nothing else; the log says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from services.runtime.errors import BodyTooLargeError, SecretUnavailableError
from services.runtime.requests.admission import KeyFinder
from services.runtime.requests.bodies import read_body, replay
from services.runtime.requests.problems import ProblemError, problem_response, too_large
from services.runtime.signing.canonical import ALGORITHM, SignableRequest
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
from services.runtime.telemetry import logs

log = logs.get_logger()

OPEN_PATHS = frozenset({"/health", "/openapi.json"})
"""Paths that need no signature: they show nothing of anybody's data."""


class Verifier:
    """Verifies requests of declared callers with their keys, each signature once."""

    def __init__(
        self,
        *,
        keys: KeyFinder,
        region: str,
        replays: ReplayCache | None = None,
        epoch_seconds: Callable[[], float] = time.time,
    ) -> None:
        """`region` is the one that must stand in the credential scope."""
        self._keys = keys
        self._region = region
        self._replays = ReplayCache() if replays is None else replays
        self._epoch_seconds = epoch_seconds

    def claim(self, request: SignableRequest) -> Claim | Refused:
        """What `request` claims, judged without its body."""
        return read_claim(request, region=self._region, now=self._epoch_seconds())

    async def verify(self, request: SignableRequest, claim: Claim) -> Accepted | Refused:
        """Whether the claim holds for the whole request, and for the first time."""
        try:
            secret = await self._keys.find(claim.caller, claim.key_version)
        except SecretUnavailableError as error:
            return claim.refused(Reason.KEYS_UNAVAILABLE, error.code)
        result = check(request, claim, secret=secret)
        if isinstance(result, Refused):
            return result
        if refused := check_body(claim, request.body, now=self._epoch_seconds()):
            return refused
        used = self._replays.use(
            result.signature, expires_at=result.signed_at + MAX_SKEW_SECONDS, now=self._epoch_seconds()
        )
        match used:
            case Use.FIRST:
                return result
            case Use.REPEATED:
                return claim.refused(Reason.REPLAYED)
            case Use.FULL:
                return claim.refused(Reason.REPLAY_CACHE_FULL)


def refusal(refused: Refused) -> ProblemError:
    """The answer to a refusal: one text for every reason of a status."""
    if refused.status == 401:
        return ProblemError(
            slug="unauthenticated",
            title="Unauthenticated",
            status=401,
            detail="the request must be signed with AWS Signature Version 4, now",
            headers={"www-authenticate": ALGORITHM},
        )
    return ProblemError(
        slug="signature-refused", title="Signature refused", status=403, detail="the request is not accepted"
    )


class SignatureMiddleware:
    """Pure ASGI middleware: verifies, then hands the body that was read on to the application inside."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        verifier: Verifier,
        max_body_bytes: int,
        open_paths: frozenset[str] = OPEN_PATHS,
    ) -> None:
        """Wrap `app`; bodies larger than `max_body_bytes` are refused before they are read."""
        self._app = app
        self._verifier = verifier
        self._max_body_bytes = max_body_bytes
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] in self._open_paths):
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        claim = self._verifier.claim(_signable(scope, b""))
        if isinstance(claim, Refused):
            await _refuse(claim, scope, receive, send)
            return
        try:
            body = await read_body(scope, receive, limit=self._max_body_bytes)
        except BodyTooLargeError as error:
            await problem_response(too_large(error.limit), instance=scope["path"])(scope, receive, send)
            return
        result = await self._verifier.verify(_signable(scope, body), claim)
        if isinstance(result, Refused):
            await _refuse(result, scope, receive, send)
            return
        log.info("signature accepted", caller=result.caller, key_version=result.key_version)
        scope.setdefault("state", {})["caller"] = result.caller
        await self._app(scope, replay(body, receive), send)


async def _refuse(refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    log.warning(
        "signature refused",
        reason=refused.reason.value,
        detail=refused.detail,
        claimed_caller=refused.caller,
        key_version=refused.key_version,
        status=refused.status,
    )
    await problem_response(refusal(refused), instance=scope["path"])(scope, receive, send)


def _signable(scope: Scope, body: bytes) -> SignableRequest:
    """The request as it stood on the wire.

    Latin-1 keeps each byte one character; what is not ASCII is refused later.
    """
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return SignableRequest(
        method=scope["method"],
        path=raw_path.decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=body,
    )
