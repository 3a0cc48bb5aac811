"""Reads requests to the admin function's URL, and makes its responses.

Payload format 2.0: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel

from lambdas.governance.problems import RefusedError
from policies.calls.changing.actors import Actor
from policies.calls.changing.identity_proof import PROOF_HEADER, BoundRequest
from policies.calls.changing.interface import MAX_PAGE
from policies.calls.changing.problem import AdminProblem, ProblemCode
from policies.calls.changing.records import ChangeResult

M = TypeVar("M", bound=BaseModel)
NOBODY = Actor(identity="")
MAX_BODY_BYTES = 6 * 1024 * 1024
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRequest:
    """A request: path and query are decoded, `body` is text.

    `expected` is the version in `if-match`, `proof` the header with the proof of identity. `actor` is whom
    that proves: nobody for a request that only reads.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: str
    expected: str | None
    proof: str | None
    actor: Actor = NOBODY

    @property
    def changes(self) -> bool:
        """Whether it may change something, and so has to say who asks."""
        return self.method != "GET"

    def bound_to(self, audience: str) -> BoundRequest:
        """What its proof has to be bound to; `audience` is the ARN of the function that reads it."""
        return BoundRequest(
            audience=audience,
            method=self.method,
            path=self.path,
            query=self.query,
            if_match=self.expected,
            body=self.body,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminAnswer:
    """What a request is answered with; `changes` says whether it changed anything."""

    value: BaseModel
    status: HTTPStatus = HTTPStatus.OK
    changes: bool = False


def read_request(event: Any) -> AdminRequest:
    """Read an event. Raises RefusedError if it is no request.

    Whom it says that AWS has authenticated is not read: whoever may invoke the function can write that.
    """
    try:
        context = event["requestContext"]
        method, path = context["http"]["method"], event["rawPath"]
        headers = event.get("headers") or {}
        query = event.get("queryStringParameters") or {}
    except (KeyError, TypeError, AttributeError) as error:
        raise RefusedError(
            ProblemCode.INVALID_REQUEST,
            "the request is not one of a function URL",
            hint="call the function's URL with a signature",
        ) from error
    expected, proof = headers.get("if-match"), headers.get(PROOF_HEADER)
    return AdminRequest(
        method=str(method),
        path=unquote(str(path)).rstrip("/") or "/",
        query={str(name): str(value) for name, value in query.items()},
        body=_read_text(event),
        expected=expected.strip().strip('"') if isinstance(expected, str) else None,
        proof=proof if isinstance(proof, str) else None,
    )


def read_body(request: AdminRequest, model: type[M]) -> M:
    """Read the body as JSON. Raises RefusedError, or pydantic's ValidationError."""
    try:
        value: Any = json.loads(request.body or "null")
    except (ValueError, RecursionError) as error:
        raise RefusedError(
            ProblemCode.INVALID_REQUEST, "the body is not JSON", hint="send an object as application/json"
        ) from error
    _refuse_depth(value)
    return model.model_validate(value)


def read_number(request: AdminRequest, name: str, default: int, *, least: int) -> int:
    """Read a whole number from the query; a `limit` is at most MAX_PAGE. Raises RefusedError."""
    text = request.query.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < least:
        raise RefusedError(
            ProblemCode.INVALID_REQUEST, f"`{name}` is not a whole number from {least}", hint="leave it out"
        )
    return min(int(text), MAX_PAGE) if name == "limit" else int(text)


def answer_response(answer: AdminAnswer) -> dict[str, Any]:
    """The response with an answer; that of a change has the current version as its `etag`."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    if isinstance(answer.value, ChangeResult):
        headers["etag"] = f'"{answer.value.version}"'
    return {
        "statusCode": int(answer.status),
        "headers": headers,
        "body": answer.value.model_dump_json(by_alias=True),
    }


def problem_response(problem: AdminProblem) -> dict[str, Any]:
    """The response with a refusal."""
    return {
        "statusCode": problem.status,
        "headers": {"content-type": "application/problem+json", "cache-control": "no-store"},
        "body": problem.model_dump_json(),
    }


def _read_text(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    if not isinstance(body, str) or len(body) > MAX_BODY_BYTES:
        raise RefusedError(ProblemCode.TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES} bytes")
    if not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RefusedError(ProblemCode.INVALID_REQUEST, "the body is not UTF-8 text") from error


def _refuse_depth(value: Any) -> None:
    """Refuse a value that is too deep to be written as JSON again.

    Walks without recursion, since the caller chooses the depth.
    """
    pending = [(value, 1)]
    while pending:
        inner, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise RefusedError(
                ProblemCode.INVALID_REQUEST, f"the body is nested deeper than {_MAX_DEPTH} levels"
            )
        if isinstance(inner, dict | list):
            members = inner.values() if isinstance(inner, dict) else inner
            pending.extend((member, depth + 1) for member in members)
