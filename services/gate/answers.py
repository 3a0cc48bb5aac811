"""What an application's answer becomes: the JSON of a result, or a problem. Pure.

Nothing of it goes on but the result's JSON, and of a refusal its status and what it says in words.

    2xx                        the result; nothing at all is `null`
    400, 404, 409, 422, 429    the application refuses: the same status; any other 4xx is 400
    503, 504                   not now; not within the time
    all else                   500: 1xx, 3xx, 5xx, no JSON

A denial of governance that a call was told on behalf of the request is told on, if the application failed
with it or passed it on. It cannot make one up.
"""

from __future__ import annotations

import json
from typing import Any

from services.runtime.calls.http import HttpAnswer
from services.runtime.requests.problems import ProblemError

REFUSALS = frozenset({400, 404, 409, 422, 429})
"""Statuses of an application that go on as they are."""

DENIALS = frozenset({"denied-by-policy", "governance-unavailable"})
"""Problems that say what governance decided: no application's word counts for them."""
_LONGEST = 500


def read_answer(answer: HttpAnswer, denial: ProblemError | None) -> bytes:
    """The JSON of the result. Raises ProblemError."""
    status = answer.status
    if 200 <= status < 300:
        return _result(answer.body)
    told = _problem(answer.body)
    if denial is not None and (status >= 500 or _slug(told) in DENIALS):
        raise denial
    if 400 <= status < 500:
        raise ProblemError(
            slug="application-refused",
            title="The application refused",
            status=status if status in REFUSALS else 400,
            detail=_said(told, f"the application answered {status}"),
            headers=_later(answer) if status == 429 else {},
        )
    if status == 503:
        raise ProblemError(
            slug="application-unavailable",
            title="The application is not available",
            status=503,
            detail=_said(told, "the application answered 503"),
            headers=_later(answer),
        )
    if status == 504:
        raise ProblemError(
            slug="out-of-time", title="Out of time", status=504, detail="the application answered 504"
        )
    raise failed(f"answered {status}")


def failed(problem: str) -> ProblemError:
    """The application did not do its part: 500."""
    return ProblemError(
        slug="application-failed",
        title="The application failed",
        status=500,
        detail=f"the application {problem}",
    )


def _result(body: bytes) -> bytes:
    if not body:
        return b"null"
    try:
        json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise failed("answered something that is not JSON") from error
    return body


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _problem(body: bytes) -> dict[str, Any]:
    """The problem details in an answer; empty if there are none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _slug(told: dict[str, Any]) -> str:
    kind = told.get("type")
    return kind.removeprefix("urn:myelin:problem:") if isinstance(kind, str) else ""


def _said(told: dict[str, Any], otherwise: str) -> str:
    """What it says of it in words, on one line and not for long."""
    detail = told.get("detail")
    if not isinstance(detail, str) or not detail.strip():
        return otherwise
    return " ".join(detail.split())[:_LONGEST]


def _later(answer: HttpAnswer) -> dict[str, str]:
    """When to come back: what the application says, if that is a number of seconds."""
    said = answer.retry_after or ""
    return {"retry-after": said if said.isascii() and said.isdigit() and len(said) < 6 else "1"}
