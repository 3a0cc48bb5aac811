"""One signed request with its grant: what is sent, and what each answer means."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.runtime.calls.errors import (
    DeniedByTargetError,
    GrantRefusedError,
    InvalidAnswerError,
    PayloadRefusedError,
    SignatureRefusedError,
    TargetError,
    TargetRefusedError,
    TargetTimeoutError,
    TargetUnavailableError,
    TransientError,
    TransientTimeoutError,
    TransientUnavailableError,
    TransientUnreachableError,
)
from services.runtime.calls.exchange import OutgoingCall
from services.runtime.calls.http import BrokenError, HttpAnswer, NotSentError, TooLargeAnswerError
from services.runtime.signing.canonical import SignableRequest
from services.runtime.signing.verify import Accepted, Refused, check, check_body, read_claim
from tests.support.services.scripted_calls import (
    CREDIT,
    REGION,
    Calling,
    SentRequest,
    answer,
    calling,
    problem,
)

OUTGOING = OutgoingCall(
    settings=CREDIT,
    body=b'{"amount":5}',
    token="the-grant",
    tenant="acme",
    context={"purpose": "audit"},
    unproven=True,
    idempotency_key="k-1",
)


def send(around: Calling, outgoing: OutgoingCall = OUTGOING, *, seconds: float = 8.0) -> Any:
    async def run() -> Any:
        await around.keys.load()
        return await around.exchange.send(outgoing, around.due(seconds))

    return asyncio.run(run())


def refused(answer: HttpAnswer | Exception) -> TargetError:
    """The error that an answer becomes."""
    with pytest.raises(TargetError) as caught:
        send(calling(answer))
    return caught.value


def sent_headers(outgoing: OutgoingCall, *, seconds: float = 8.0) -> Mapping[str, str]:
    around = calling(answer())
    send(around, outgoing, seconds=seconds)
    return around.http.sent[0].headers


def verdict(sent: SentRequest) -> Accepted | Refused:
    """What the receiver says of a request's signature."""
    request = SignableRequest(
        method="POST",
        path=urlsplit(sent.url).path,
        query="",
        headers=tuple(sent.headers.items()),
        body=sent.body,
    )
    now = datetime.now(UTC).timestamp()
    claim = read_claim(request, region=REGION, now=now)
    if isinstance(claim, Refused):
        return claim
    return check_body(claim, request.body, now=now) or check(request, claim, secret="first")


def test_the_answer_is_its_json_value() -> None:
    """A 200 gives the value in its body."""
    assert send(calling(answer({"balance": 5}))) == {"balance": 5}


def test_it_is_a_post_to_the_intent_s_path() -> None:
    """The URL is that of the settings with the intent, and the body goes as it is."""
    around = calling(answer())
    send(around)
    assert [(each.url, each.body) for each in around.http.sent] == [(f"{CREDIT.url}/credit", OUTGOING.body)]


def test_the_question_is_in_the_headers() -> None:
    """Grant, tenant, context, the mark of an unproven client and the idempotency key are sent."""
    headers = sent_headers(OUTGOING)
    assert headers["x-myelin-grant"] == "the-grant"
    assert headers["x-myelin-tenant"] == "acme"
    assert headers["x-myelin-unproven"] == "1"
    assert headers["idempotency-key"] == "k-1"
    context = headers["x-myelin-context"]
    assert json.loads(urlsafe_b64decode(context + "=" * (-len(context) % 4))) == {"purpose": "audit"}


def test_what_is_not_said_is_not_sent() -> None:
    """Without tenant, context and idempotency key there are no such headers."""
    bare = replace(OUTGOING, tenant=None, context={}, unproven=False, idempotency_key=None)
    unsaid = {"x-myelin-tenant", "x-myelin-context", "x-myelin-unproven", "idempotency-key"}
    assert not unsaid & set(sent_headers(bare))


@pytest.mark.parametrize(("seconds", "milliseconds"), [(8.0, "2000"), (0.5, "500")])
def test_the_callee_is_told_how_long_there_is(seconds: float, milliseconds: str) -> None:
    """The deadline that goes along is that of the request, at most the time of one attempt."""
    assert sent_headers(OUTGOING, seconds=seconds)["x-myelin-deadline-ms"] == milliseconds


def test_all_that_is_sent_is_signed() -> None:
    """The signature is good with the key of the edge, and covers all but the trace, which proxies rewrite."""
    around = calling(answer())
    send(around)
    request = around.http.sent[0]
    signed = request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert set(request.headers) - set(signed) == {"authorization", "x-amzn-trace-id"}
    assert "Credential=orbit.v1/" in request.headers["authorization"]
    assert isinstance(verdict(request), Accepted)


def test_without_a_key_nothing_is_sent() -> None:
    """Before the signing key was read, the call is unavailable, which is no fault of the target."""
    around = calling()
    with pytest.raises(TargetUnavailableError) as caught:
        asyncio.run(around.exchange.send(OUTGOING, around.due()))
    assert not caught.value.blames_target
    assert not around.http.sent


def test_without_time_nothing_is_sent() -> None:
    """After the deadline the target is not called, which is no fault of it."""
    around = calling()
    with pytest.raises(TargetTimeoutError) as caught:
        send(around, seconds=0.0)
    assert (caught.value.blames_target, around.http.sent) == (False, [])


@pytest.mark.parametrize(
    ("given", "kind", "sent", "blames"),
    [
        (NotSentError("refused"), TransientUnreachableError, False, True),
        (BrokenError("reset"), TransientUnreachableError, True, True),
        (TooLargeAnswerError(), InvalidAnswerError, True, True),
        (TimeoutError(), TransientTimeoutError, True, True),
        (HttpAnswer(status=200, body=b"<html>"), InvalidAnswerError, True, True),
        (HttpAnswer(status=302, body=b""), InvalidAnswerError, True, True),
        (HttpAnswer(status=500, body=b""), InvalidAnswerError, True, True),
        (HttpAnswer(status=429, body=b""), TransientUnavailableError, True, True),
        (HttpAnswer(status=502, body=b""), TransientUnavailableError, True, True),
        (HttpAnswer(status=503, body=b"[]"), TransientUnavailableError, True, True),
        (problem(503, "busy"), TransientUnavailableError, True, False),
        (problem(409, "in-progress"), TransientUnavailableError, True, False),
        (HttpAnswer(status=504, body=b""), TargetTimeoutError, True, False),
        (HttpAnswer(status=403, body=b""), TargetRefusedError, True, False),
        (problem(400, "invalid-request"), PayloadRefusedError, True, False),
        (problem(409, "idempotency-conflict"), TargetRefusedError, True, False),
        (problem(401, "unauthenticated"), SignatureRefusedError, True, False),
        (problem(403, "signature-refused"), SignatureRefusedError, True, False),
        (problem(403, "grant-refused"), GrantRefusedError, True, False),
        (problem(403, "denied-by-policy"), DeniedByTargetError, True, False),
        (problem(503, "governance-unavailable"), DeniedByTargetError, True, False),
    ],
)
def test_each_answer_is_an_error_of_its_kind(
    given: HttpAnswer | Exception, kind: type[TargetError], sent: bool, blames: bool
) -> None:
    """Kind of the error, whether the request may have arrived, and whether the breaker counts it."""
    error = refused(given)
    assert (type(error), error.sent, error.blames_target) == (kind, sent, blames)


def test_a_504_is_not_tried_again() -> None:
    """The target had all the time there was."""
    assert not isinstance(refused(HttpAnswer(status=504, body=b"")), TransientError)


def test_a_timeout_with_little_time_does_not_blame_the_target() -> None:
    """A client in a hurry does not open the circuit for all others."""
    with pytest.raises(TransientTimeoutError) as caught:
        send(calling(TimeoutError()), seconds=0.5)
    assert not caught.value.blames_target


def test_a_refusal_quotes_the_target_s_detail() -> None:
    """What the target says about a bad request helps to find it."""
    error = refused(problem(400, "invalid-request", detail="`amount` is missing"))
    assert error.message == "`ledger` refused the request with 400: `amount` is missing"


def test_a_refused_signature_names_the_key() -> None:
    """The version that signed is in the error, so that another one can be looked for."""
    error = refused(problem(401, "unauthenticated"))
    assert isinstance(error, SignatureRefusedError)
    assert error.key_version == "v1"
