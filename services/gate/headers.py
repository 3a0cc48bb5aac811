"""The headers that gate and application give each other, and what the gate hands over of a call.

Nothing is passed on as it came in: each header is written anew from what was verified, so that none can be
smuggled in.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable
from typing import Any

from starlette.types import Scope

from services.runtime import correlation, deadline
from services.runtime.intents.call import Call, origin
from services.runtime.requests.admission import CONTEXT, IDEMPOTENCY_KEY, TENANT, UNPROVEN, spelled_context
from services.runtime.telemetry import tracing

TOKEN = "x-myelin-gate-token"  # noqa: S105 - its name
"""The secret of gate and application, in both directions."""
REQUEST = "x-myelin-request"
"""Names a request that is being served; the application sends it back with its calls on behalf of it."""
CALLER = "x-myelin-caller"
"""The service that calls, as its signature proves."""


def handed_over(call: Call[Any], *, token: str, request: str) -> dict[str, str]:
    """All headers that the application gets with an admitted call."""
    span = tracing.current_span()
    said = {
        "content-type": "application/json",
        TOKEN: token,
        REQUEST: request,
        CALLER: call.caller,
        TENANT: call.tenant,
        CONTEXT: spelled_context(call.context) if call.context else None,
        UNPROVEN: None if call.proven else "1",
        IDEMPOTENCY_KEY: call.idempotency_key,
        correlation.HEADER: call.correlation_id,
        deadline.HEADER: call.deadline.header(time.monotonic()),
        tracing.HEADER: span.header() if span else None,
        "traceparent": span.traceparent() if span else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def at_the_door(*, token: str, request: str) -> dict[str, str]:
    """What the gate writes for a request of the clients' door: no caller, and for whom if that is known."""
    span, client = tracing.current_span(), origin()
    said = {
        TOKEN: token,
        REQUEST: request,
        TENANT: client.tenant,
        CONTEXT: spelled_context(client.context) if client.context else None,
        UNPROVEN: None if client.proven else "1",
        correlation.HEADER: correlation.current(),
        deadline.HEADER: client.deadline.header(time.monotonic()) if client.deadline else None,
        tracing.HEADER: span.header() if span else None,
        "traceparent": span.traceparent() if span else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def passed_on(pairs: Iterable[tuple[bytes, bytes]], *, dropped: frozenset[str]) -> list[tuple[str, str]]:
    """Headers that go through the door: all but `dropped`, those of one connection, names of ours, and those
    by which a server takes one path for another.
    """
    found = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in pairs]
    own = {part.strip().lower() for name, value in found if name == "connection" for part in value.split(",")}
    return [
        (name, value)
        for name, value in found
        if name not in own | dropped | _OF_ONE_CONNECTION and not _is_ours(name) and not _misleads(name)
    ]


def _is_ours(name: str) -> bool:
    return name.startswith("x-myelin-") or name in _WRITTEN


def _misleads(name: str) -> bool:
    """Whether a server may believe this header in place of the path that was declared, or of its environment.

    Gunicorn takes `SCRIPT_NAME` from loopback and cuts it off the path; to CGI any underscore is a hyphen,
    and `Proxy` is the variable HTTP_PROXY (https://httpoxy.org).
    """
    return (
        not _PLAIN_NAME.fullmatch(name)
        or name in _REROUTING
        or (name.startswith("x-forwarded-") and name not in _FORWARDED)
    )


_OF_ONE_CONNECTION = frozenset(
    {"connection", "content-length", "date", "expect", "host", "keep-alive", "proxy-authenticate", "server"}
    | {"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_PLAIN_NAME = re.compile(r"[a-z0-9-]+")
_REROUTING = frozenset(
    {"proxy", "x-original-uri", "x-original-url", "x-rewrite-uri", "x-rewrite-url", "x-script-name"}
)
_FORWARDED = frozenset(f"x-forwarded-{part}" for part in ("for", "host", "port", "proto"))
"""What a load balancer tells of the client; others (`-prefix`, `-uri`) are about the path."""
_WRITTEN = frozenset({correlation.HEADER, tracing.HEADER, "traceparent", "tracestate"})


def values(scope: Scope, name: str) -> list[str]:
    """Every value of a header, as it stands on the wire."""
    wanted = name.encode()
    return [value.decode("latin-1") for found, value in scope["headers"] if found.lower() == wanted]


def is_from_application(scope: Scope, token: str) -> bool:
    """Whether a request has the token, once. Compared in constant time."""
    found = values(scope, TOKEN)
    return len(found) == 1 and hmac.compare_digest(found[0].encode("latin-1"), token.encode())
