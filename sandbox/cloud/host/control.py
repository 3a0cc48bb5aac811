"""A client of a running sandbox's control API."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from sandbox.cloud.host.errors import NotAnsweringError
from sandbox.cloud.host.state import Host

TIMEOUT_SECONDS = 5.0


def is_answering(host: Host) -> bool:
    """Whether the process behind the endpoint is the one that the state file describes."""
    document = _request(host, "GET", "ping")
    return document is not None and document.get("incarnation") == host.incarnation


def ask_to_stop(host: Host) -> bool:
    """Ask for a graceful stop; returns whether the request was accepted."""
    return _request(host, "POST", "shutdown") is not None


def status(host: Host) -> dict[str, Any]:
    """Read a sandbox's status document; raises NotAnsweringError if it does not answer."""
    document = _request(host, "GET", "status")
    if document is None:
        raise NotAnsweringError(host.pid)
    return document


def _request(host: Host, method: str, name: str) -> dict[str, Any] | None:
    address = urlsplit(host.endpoint).netloc
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, f"/_myelin/{name}")
        answer = connection.getresponse()
        document = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return document if answer.status < 300 and isinstance(document, dict) else None
