"""A client of a running sandbox's control API."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.cloud.host.errors import NotAnsweringError, RefusedOrderError
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


def order(host: Host, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Have a sandbox carry out an order; raises RefusedOrderError, or NotAnsweringError."""
    answer = _exchange(host, "POST", name, json.dumps(document).encode())
    if answer is None:
        raise NotAnsweringError(host.pid)
    code, found = answer
    if code >= 300:
        raise RefusedOrderError(str(found.get("message", "it gave no reason")))
    return found


def _request(host: Host, method: str, name: str) -> dict[str, Any] | None:
    answer = _exchange(host, method, name)
    return answer[1] if answer is not None and answer[0] < 300 else None


def _exchange(
    host: Host, method: str, name: str, body: bytes | None = None
) -> tuple[int, dict[str, Any]] | None:
    address = urlsplit(host.endpoint).netloc
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {host.token}"}
        connection.request(method, f"/_myelin/{name}", body=body, headers=headers)
        answer = connection.getresponse()
        document = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return (answer.status, document) if isinstance(document, dict) else None
