"""The rule that keeps the sandbox on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from sandbox.errors import NotLoopbackError


def require_loopback(endpoint: str) -> str:
    """Give the endpoint back, or raise NotLoopbackError unless its host is this machine's loopback."""
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        known = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        known = False  # not a URL, or a name: whatever it resolves to is not ours to trust
    if not known or parts.scheme not in ("http", "https"):
        raise NotLoopbackError(endpoint)
    return endpoint
