"""Refuses endpoints that are not on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from sandbox.errors import NotLoopbackError


def require_loopback(endpoint: str) -> str:
    """Return the endpoint if its host is on the loopback interface; raises NotLoopbackError otherwise."""
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        known = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        known = False  # not a URL, or a name, which may resolve to any address
    if not known or parts.scheme not in ("http", "https"):
        raise NotLoopbackError(endpoint)
    return endpoint
