"""A WSGI environ as the server makes it, and an application for middleware to wrap."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ, StartResponse, WsgiResponse

SCOPE = (
    "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
)


class RecordingApplication:
    """An application that remembers its calls and answers what it is told to."""

    def __init__(self) -> None:
        self.calls: list[Environ] = []
        self.answer: Callable[[Environ], WsgiResponse] = lambda _: WsgiResponse(
            status="200 OK", headers=(("X-Call", str(len(self.calls))),), body=b"done"
        )

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.calls.append(environ)
        return self.answer(environ).send(start_response)


@pytest.fixture
def recorder() -> RecordingApplication:
    return RecordingApplication()


@pytest.fixture
def environ() -> Callable[..., Environ]:
    """Make an environ: service to sign for, then any keys to set."""

    def make(service: str = "ecs", *, body: bytes = b"", method: str = "POST", **keys: Any) -> Environ:
        made: Environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "HTTP_HOST": "127.0.0.1:1234",
            BODY: body,
            HEADERS: (),
        }
        if service:
            made["HTTP_AUTHORIZATION"] = SCOPE.format(service)
        return made | keys

    return make
