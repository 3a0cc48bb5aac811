"""Headers on their way through a proxy."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

from multidict import CIMultiDict, CIMultiDictProxy

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of one connection, not of the message: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1."""

Headers = CIMultiDict[str] | CIMultiDictProxy[str]


def end_to_end(headers: Headers) -> CIMultiDict[str]:
    """A copy without the hop-by-hop headers and those that `Connection` names.

    Spelling and order are kept.
    """
    named = {
        token.strip().lower() for value in headers.getall("Connection", []) for token in value.split(",")
    }
    dropped = HOP_BY_HOP | named
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)


def load_balancer_headers(
    headers: Headers, *, client: str, protocol: str, port: int, trace: Callable[[], str] | None = None
) -> CIMultiDict[str]:
    """What an Application Load Balancer sends on: the request's headers, X-Forwarded-* and X-Amzn-Trace-Id.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    sent = end_to_end(headers)
    sent.popall("Expect", None)
    forwarded = [*sent.popall("X-Forwarded-For", []), client]
    sent["X-Forwarded-For"] = ", ".join(forwarded)
    sent["X-Forwarded-Proto"] = protocol.lower()
    sent["X-Forwarded-Port"] = str(port)
    sent["X-Amzn-Trace-Id"] = traced(sent.get("X-Amzn-Trace-Id"), (trace or new_trace)())
    return sent


def new_trace() -> str:
    """A trace id: version, time in seconds, 96 random bits."""
    return f"1-{int(time.time()):08x}-{uuid4().hex[:24]}"


def traced(header: str | None, trace: str) -> str:
    """The trace header: a new root, or the one that came with this hop as `Self`.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    """
    fields = [part for part in (header or "").split(";") if part and not part.startswith("Self=")]
    if any(part.startswith("Root=") for part in fields):
        return ";".join([f"Self={trace}", *fields])
    return ";".join([f"Root={trace}", *fields])
