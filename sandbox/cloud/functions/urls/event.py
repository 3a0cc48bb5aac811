"""Turns a request to a function URL into an event, and a function's result into an HTTP response.

Payload format version 2.0 (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sandbox.cloud.emulator.wsgi import WsgiResponse

_TEXT_TYPES = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/problem+json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IamCaller:
    """The identity that a request's signature belongs to."""

    access_key: str
    account: str
    arn: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRequest:
    """A request to a function URL; header names are lowercase, `path` is below the URL, still encoded."""

    url_id: str
    region: str
    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes


def build_event(
    request: UrlRequest, caller: IamCaller | None, *, request_id: str, at: datetime
) -> dict[str, Any]:
    """Build the event for a request; without a `caller` it is anonymous."""
    headers = _joined(request.headers)
    cookies = headers.pop("cookie", "")
    domain = f"{request.url_id}.lambda-url.{request.region}.on.aws"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": caller.account if caller else "anonymous",
            "apiId": request.url_id,
            "domainName": domain,
            "domainPrefix": request.url_id,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(at.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request.body, headers.get("content-type", ""))
    if caller is not None:
        event["requestContext"]["authorizer"] = {
            "iam": {
                "accessKey": caller.access_key,
                "accountId": caller.account,
                "callerId": caller.user_id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": caller.arn,
                "userId": caller.user_id,
            }
        }
    return event


def build_response(payload: bytes) -> WsgiResponse:
    """Build the response from a result: a document with `statusCode` describes it, any other is its body."""
    try:
        document = json.loads(payload)
    except ValueError:
        return failure_response("502 Bad Gateway")
    if not isinstance(document, dict) or "statusCode" not in document:
        return WsgiResponse(status="200 OK", headers=(("Content-Type", "application/json"),), body=payload)
    headers = [(str(name), str(value)) for name, value in (document.get("headers") or {}).items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    headers += [("Set-Cookie", str(cookie)) for cookie in document.get("cookies") or ()]
    body = document.get("body") or ""
    text = body if isinstance(body, str) else json.dumps(body)
    data = base64.b64decode(text) if document.get("isBase64Encoded") else text.encode()
    return WsgiResponse(status=f"{int(document['statusCode'])} -", headers=tuple(headers), body=data)


def failure_response(status: str) -> WsgiResponse:
    """Build the response to a request that Lambda itself refuses or fails."""
    words = {"403": "Forbidden", "404": "Not Found", "429": "Too Many Requests"}
    message = words.get(status[:3], "Internal Server Error")
    headers = (("Content-Type", "application/json"),)
    return WsgiResponse(status=status, headers=headers, body=json.dumps({"Message": message}).encode())


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    if content_type.startswith(_TEXT_TYPES):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True
