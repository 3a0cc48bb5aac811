"""A complete WSGI response as a value, which middleware can inspect, store and send again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
"""A WSGI application (PEP 3333). The server puts the complete body into the environ as BODY, too."""

BODY = "myelin.body"
"""The environ key of the whole request body, as bytes."""

HEADERS = "myelin.headers"
"""The environ key of the request's headers as they came: a tuple of (lowercase name, value)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WsgiResponse:
    """Status line (`200 OK`), headers and the whole body."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status_code(self) -> int:
        """The status code as a number."""
        return int(self.status[:3])

    @property
    def succeeded(self) -> bool:
        """Whether the status code says that the call was carried out."""
        return self.status_code < 400

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the response to a WSGI server."""
        start_response(self.status, list(self.headers))
        return [self.body]


def capture(application: Application, environ: Environ) -> WsgiResponse:
    """Run an application to its end and return its whole response."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        started.append((status, headers))

    chunks = application(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return WsgiResponse(status=status, headers=tuple(headers), body=body)


def json_response(status: str, document: Any) -> WsgiResponse:
    """Build a response with a JSON document."""
    return WsgiResponse(
        status=status,
        headers=(("Content-Type", "application/json"),),
        body=json.dumps(document, default=str).encode(),
    )
