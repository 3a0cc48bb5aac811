"""The correlation id: one name for everything that happens on behalf of one request, across services and in
every log line.

It comes in as the header `x-correlation-id`, or is made here, and always goes out with the answer. A value
that could not be put safely into a header, a log query or a URL is not taken over.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-correlation-id"
"""Name of the header, in and out."""

PATTERN = r"^[A-Za-z0-9._:=@/+-]{1,128}$"
"""What an id from outside must look like: 1 to 128 visible ASCII characters that need no quoting."""

_SAFE = re.compile(PATTERN)
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def current() -> str | None:
    """The id of the request that is being served, or None outside of one."""
    return _current.get()


def new_id() -> str:
    """A fresh id: 32 hexadecimal digits from a random UUID (RFC 9562)."""
    return uuid.uuid4().hex


def accept(values: list[bytes], make: Callable[[], str] = new_id) -> str:
    """The id to use, given all values of the incoming header: the one safe value, else a new id."""
    if len(values) == 1:
        text = values[0].decode("latin-1")
        if _SAFE.fullmatch(text) and not text.endswith("\n"):
            return text
    return make()


@contextmanager
def serving(identity: str) -> Iterator[None]:
    """What happens inside happens on behalf of the request with this id."""
    token = _current.set(identity)
    try:
        yield
    finally:
        _current.reset(token)


class CorrelationMiddleware:
    """Pure ASGI middleware: sets the id for the time of the request, and puts it on the answer."""

    def __init__(self, app: ASGIApp, *, make: Callable[[], str] = new_id) -> None:
        """Wrap `app`; `make` makes new ids."""
        self._app = app
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = HEADER.encode()
        identity = accept([value for name, value in scope["headers"] if name == wanted], self._make)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = identity
            await send(message)

        with serving(identity):
            await self._app(scope, receive, send_with_id)
