from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from services.runtime.correlation import CorrelationMiddleware
from services.runtime.requests.guard import SignatureMiddleware, Verifier
from services.runtime.signing.keys import SigningKeys
from services.runtime.signing.replay import ReplayCache
from services.runtime.signing.sign import SigningKey, sign
from tests.support.services.doubles import Lines, SecretsInMemory

REGION = "eu-central-1"
KEY = SigningKey(caller="orbit", version="v1", secret="k" * 64)
BODY = b'{"intent":"reason"}'


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    body = await request.body()
    text = f"{scope.get('state', {}).get('caller')}:{body.decode()}"
    await PlainTextResponse(text)(scope, receive, send)


class Guarded:
    """An application behind the guard, and a client of it."""

    def __init__(self, secrets: SecretsInMemory, *, skew: float = 0.0, capacity: int = 10) -> None:
        keys = SigningKeys(reader=secrets, secret_ids={"orbit": "arn"}, spacing_seconds=0.0)
        verifier = Verifier(
            keys=keys,
            region=REGION,
            replays=ReplayCache(capacity=capacity),
            epoch_seconds=lambda: datetime.now(UTC).timestamp() + skew,
        )
        guarded = SignatureMiddleware(inner, verifier=verifier, max_body_bytes=100)
        self._app = CorrelationMiddleware(guarded)

    def send(
        self, headers: Iterable[dict[str, str]], *, body: bytes = BODY, path: str = "/reason"
    ) -> list[httpx.Response]:
        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://axon:8081") as client:
                return [await client.post(path, headers=each, content=body) for each in headers]

        return asyncio.run(run())


def signed(*, key: SigningKey = KEY, body: bytes = BODY, path: str = "/reason") -> dict[str, str]:
    headers = {"content-type": "application/json", "x-correlation-id": "abc"}
    return sign(
        method="POST", url=f"http://axon:8081{path}", headers=headers, body=body, key=key, region=REGION
    )


@pytest.fixture
def stocked(secrets: SecretsInMemory) -> SecretsInMemory:
    secrets.rotate("arn", "v1", "k" * 64)
    return secrets


def test_a_signed_request_gets_through_with_its_body_and_its_caller(
    stocked: SecretsInMemory, lines: Lines
) -> None:
    """A good signature is logged and lets the request through, body untouched (AXN-2)."""
    (answer,) = Guarded(stocked).send([signed()])

    assert (answer.status_code, answer.text) == (200, 'orbit:{"intent":"reason"}')
    accepted = lines.named("signature accepted")
    assert (accepted["caller"], accepted["key_version"], accepted["correlation_id"]) == ("orbit", "v1", "abc")


@pytest.mark.parametrize(
    ("key", "skew", "failing", "status", "reason"),
    [
        (SigningKey(caller="orbit", version="v1", secret="wrong"), 0.0, None, 403, "signature_mismatch"),
        (SigningKey(caller="orbit", version="v7", secret="k" * 64), 0.0, None, 403, "unknown_key"),
        (SigningKey(caller="stranger", version="v1", secret="k" * 64), 0.0, None, 403, "unknown_key"),
        (KEY, 360.0, None, 401, "expired"),
        (KEY, -360.0, None, 401, "not_yet_valid"),
        (KEY, 0.0, "AccessDeniedException", 403, "keys_unavailable"),
    ],
)
def test_a_refusal_is_explained_in_the_log_and_nowhere_else(
    stocked: SecretsInMemory,
    lines: Lines,
    key: SigningKey,
    skew: float,
    failing: str | None,
    status: int,
    reason: str,
) -> None:
    """The log says why a signature was refused; the answer is the same for all of its status (AXN-2)."""
    stocked.failing = failing
    (answer,) = Guarded(stocked, skew=skew).send([signed(key=key)])

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("www-authenticate") == ("AWS4-HMAC-SHA256" if status == 401 else None)
    problem = answer.json()
    assert problem.pop("correlation_id") == "abc"
    detail = (
        "the request must be signed with AWS Signature Version 4, now"
        if status == 401
        else "the request is not accepted"
    )
    assert problem["detail"] == detail
    assert reason not in answer.text
    line = lines.named("signature refused")
    assert (line["reason"], line["claimed_caller"], line["level"]) == (reason, key.caller, "warning")


def test_an_unsigned_request_is_refused(stocked: SecretsInMemory, lines: Lines) -> None:
    """Without a signature: 401, and the application inside is not reached."""
    (answer,) = Guarded(stocked).send([{}])

    assert answer.status_code == 401
    assert lines.named("signature refused")["reason"] == "missing_authorization"


def test_an_altered_body_is_refused(stocked: SecretsInMemory, lines: Lines) -> None:
    """The body must be the signed one."""
    (answer,) = Guarded(stocked).send([signed()], body=b'{"intent":"erase"}')

    assert answer.status_code == 403
    assert lines.named("signature refused")["reason"] == "payload_mismatch"


def test_a_replayed_request_is_refused(stocked: SecretsInMemory, lines: Lines) -> None:
    """The same bytes a second time: 403 (AXN-2)."""
    headers = signed()

    first, second = Guarded(stocked).send([headers, headers])

    assert (first.status_code, second.status_code) == (200, 403)
    assert lines.named("signature refused")["reason"] == "replayed"


def test_a_refused_request_does_not_use_its_signature_up(stocked: SecretsInMemory, lines: Lines) -> None:
    """Somebody who alters a captured request cannot have the genuine one refused as a replay."""
    guarded, headers = Guarded(stocked), signed()
    (altered,) = guarded.send([headers], body=b"{}")
    (genuine,) = guarded.send([headers])

    assert (altered.status_code, genuine.status_code) == (403, 200)


def test_a_full_replay_cache_refuses(stocked: SecretsInMemory, lines: Lines) -> None:
    """Without room to remember a signature, it is not accepted: closed rather than replayable."""
    first, second = Guarded(stocked, capacity=1).send([signed(), signed()])

    assert (first.status_code, second.status_code) == (200, 403)
    assert lines.named("signature refused")["reason"] == "replay_cache_full"


def test_a_large_body_is_not_read(stocked: SecretsInMemory, lines: Lines) -> None:
    """A body beyond the limit is 413, even when it is signed."""
    body = b"x" * 101
    (answer,) = Guarded(stocked).send([signed(body=body)], body=body)

    assert (answer.status_code, answer.json()["type"]) == (413, "urn:myelin:problem:request-too-large")


def test_open_paths_need_no_signature_and_all_others_do(stocked: SecretsInMemory, lines: Lines) -> None:
    """Health and the OpenAPI document are open; a path that nobody thought of is closed."""
    guarded = Guarded(stocked)

    assert [guarded.send([{}], path=path)[0].status_code for path in ("/health", "/openapi.json")] == [
        200,
        200,
    ]
    assert guarded.send([{}], path="/new")[0].status_code == 401


def test_only_http_gets_through(stocked: SecretsInMemory) -> None:
    """A WebSocket is not served, the lifespan is passed on."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> None: ...

    verifier = Verifier(keys=SigningKeys(reader=stocked, secret_ids={}), region=REGION)
    guard = SignatureMiddleware(app, verifier=verifier, max_body_bytes=1)
    for kind in ("websocket", "lifespan"):
        asyncio.run(guard({"type": kind, "path": "/reason"}, nothing, nothing))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
