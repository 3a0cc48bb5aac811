"""The headers that a proxy removes, adds and passes on."""

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


def without_hop_by_hop(headers: Headers) -> CIMultiDict[str]:
    """Copy headers without the hop-by-hop ones and those that `Connection` names; spelling and order stay."""
    named = {
        token.strip().lower() for value in headers.getall("Connection", []) for token in value.split(",")
    }
    dropped = HOP_BY_HOP | named
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)


def load_balancer_headers(
    headers: Headers, *, client: str, protocol: str, port: int, trace: Callable[[], str] | None = None
) -> CIMultiDict[str]:
    """The headers that an Application Load Balancer sends on: with X-Forwarded-* and X-Amzn-Trace-Id.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    sent = without_hop_by_hop(headers)
    sent.popall("Expect", None)
    forwarded = [*sent.popall("X-Forwarded-For", []), client]
    sent["X-Forwarded-For"] = ", ".join(forwarded)
    sent["X-Forwarded-Proto"] = protocol.lower()
    sent["X-Forwarded-Port"] = str(port)
    sent["X-Amzn-Trace-Id"] = trace_header(sent.get("X-Amzn-Trace-Id"), (trace or new_trace_id)())
    return sent


def new_trace_id() -> str:
    """Make up an X-Ray trace id: version, time in seconds, 96 random bits."""
    return f"1-{int(time.time()):08x}-{uuid4().hex[:24]}"


def trace_header(header: str | None, trace: str) -> str:
    """Build X-Amzn-Trace-Id: with a new root, or with the root that came and this hop as `Self`.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    """
    fields = [part for part in (header or "").split(";") if part and not part.startswith("Self=")]
    if any(part.startswith("Root=") for part in fields):
        return ";".join([f"Self={trace}", *fields])
    return ";".join([f"Root={trace}", *fields])
