"""Serves the AuthZEN API at the URL of the decide function: reads its events, and makes the responses.

Payload format 2.0: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html. The URL has IAM
authentication; requests that AWS has not authenticated are refused here again, in case it is ever taken off.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.governance import authzen
from policies.calls.deciding.errors import RequestError
from policies.calls.deciding.model import Answer

MAX_BODY_BYTES = 512 * 1024
_MAX_CORRELATION_ID = 128
_SPACE = 0x20
_CHALLENGE = "AWS4-HMAC-SHA256"
"""What a request without credentials is asked for: a signature, version 4."""
_DOCUMENT = "application/json"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What answers: `ask` decides one question, `claims_of` gives the type of the claims for an intent."""

    ask: Callable[[object], Answer]
    claims_of: authzen.ClaimsOf


Response = dict[str, Any]


class _RefusedError(Exception):
    """A request that is refused with this HTTP status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def is_http(event: object) -> bool:
    """Whether an event is a request to the function URL; every other event is a question."""
    if not isinstance(event, dict):
        return False
    context = event.get("requestContext")
    return isinstance(context, dict) and isinstance(context.get("http"), dict)


def respond(event: Mapping[str, Any], asked: Asked) -> Response:
    """Answer a request; `asked` decides its questions. A malformed request gets a 4xx, a denial a 200.

    Every response has the `x-request-id` of its request.
    """
    headers = _headers(event)
    request_id = headers.get("x-request-id")
    try:
        document = _serve(event, headers, _correlation_id(request_id), asked)
    except _RefusedError as refused:
        response = _response(refused.status, refused.message, _TEXT, request_id)
        if refused.status == 401:
            response["headers"]["www-authenticate"] = _CHALLENGE
        return response
    return _response(200, json.dumps(document), _DOCUMENT, request_id)


def failure_response(event: Mapping[str, Any]) -> Response:
    """The response to a request that ended in an unexpected exception."""
    message = "the governance function failed, and a call that is not judged is denied"
    return _response(500, message, _TEXT, _headers(event).get("x-request-id"))


def _serve(
    event: Mapping[str, Any], headers: Mapping[str, str], request_id: str | None, asked: Asked
) -> dict[str, Any]:
    context = event["requestContext"]
    if not _caller_arn(context):
        raise _RefusedError(401, "sign the request with the credentials of an AWS identity")
    method, path = context["http"].get("method"), event.get("rawPath")
    match path:
        case authzen.EVALUATION | authzen.EVALUATIONS:
            if method != "POST":
                raise _RefusedError(405, f"`{path}` takes POST")
            body = _read_body(event, headers)
            try:
                if path == authzen.EVALUATIONS:
                    return _serve_batch(body, request_id, asked)
                return _decide(authzen.read_evaluation(body, request_id, asked.claims_of), asked)
            except RequestError as error:
                raise _RefusedError(400, error.message) from error
        case authzen.CONFIGURATION:
            if method != "GET":
                raise _RefusedError(405, f"`{path}` takes GET")
            return dict(authzen.configuration(f"https://{context.get('domainName')}"))
        case _:
            raise _RefusedError(404, f"there is only {authzen.EVALUATION} and {authzen.EVALUATIONS} here")


def _serve_batch(body: Mapping[str, Any], request_id: str | None, asked: Asked) -> dict[str, Any]:
    batch = authzen.read_batch(body, request_id, asked.claims_of)
    if batch is None:
        return _decide(authzen.read_evaluation(body, request_id, asked.claims_of), asked)
    decisions: list[dict[str, Any]] = []
    for question in batch.questions:
        decisions.append(_decide(question, asked))
        if batch.ends_with(allowed=decisions[-1]["decision"]):
            break
    return {"evaluations": decisions}


def _decide(
    question: authzen.AskedQuestion | authzen.UnknownEntity | RequestError, asked: Asked
) -> dict[str, Any]:
    match question:
        case authzen.AskedQuestion():
            return authzen.decision(asked.ask(question.event), question.ignored)
        case authzen.UnknownEntity():
            return authzen.unknown(question)
        case _:
            return authzen.refused(question)


def _caller_arn(context: Mapping[str, Any]) -> str | None:
    """The ARN of the caller, whose signature AWS has verified; None without one."""
    authorizer = context.get("authorizer")
    iam = authorizer.get("iam") if isinstance(authorizer, dict) else None
    arn = iam.get("userArn") if isinstance(iam, dict) else None
    return arn if isinstance(arn, str) and arn else None


def _read_body(event: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _DOCUMENT:
        raise _RefusedError(400, f"content-type: must be {_DOCUMENT}")
    body = event.get("body")
    if not isinstance(body, str):
        raise _RefusedError(400, "the request has no body")
    if len(body) > MAX_BODY_BYTES * 4 // 3:
        raise _RefusedError(400, f"the body is larger than {MAX_BODY_BYTES} bytes")
    try:
        text = (
            base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") is True else body
        )
        document = json.loads(text, object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _RefusedError(400, "the body is not JSON, or a name stands twice in one object") from error
    if not isinstance(document, dict):
        raise _RefusedError(400, "the body is not a JSON object")
    return document


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: one reader takes the first member, another one the last."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    headers = event.get("headers")
    if not isinstance(headers, dict):
        return {}
    return {
        name.lower(): value
        for name, value in headers.items()
        if isinstance(name, str) and isinstance(value, str)
    }


def _correlation_id(request_id: str | None) -> str | None:
    """The id of a request as that of the decision in the log; None for one that is none of ours."""
    text = request_id or ""
    plain = 0 < len(text) <= _MAX_CORRELATION_ID and all("!" <= character <= "~" for character in text)
    return text if plain else None


def _response(status: int, body: str, content_type: str, request_id: str | None) -> Response:
    headers = {"content-type": content_type, "cache-control": "no-store"}
    # a line break in it would end the header
    if request_id is not None and not any(ord(character) < _SPACE for character in request_id):
        headers["x-request-id"] = request_id
    return {"statusCode": status, "headers": headers, "body": body}
