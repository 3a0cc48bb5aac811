"""uvicorn's HTTP protocol, given nothing but heads in the one form of `requests.head`, one request at a time.

    data -> whole head? -> read_head -> uvicorn's parser -> application
            the body: as many bytes as the head says, or chunks until the parser finds their end

What the head's grammar refuses is answered here, before any application code runs, and ends the connection.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from services.runtime import correlation
from services.runtime.process.answer_writer import AnswerWriter
from services.runtime.process.connections import ClientConnections, ConnectionPlace
from services.runtime.process.descriptors import Room
from services.runtime.requests import capacity, linger
from services.runtime.requests.head import END, MOST_BYTES, check_beginning, read_head, too_large
from services.runtime.requests.problems import ProblemError, invalid_request, problem_response
from services.runtime.telemetry import logs

log = logs.get_logger()

HEAD_SECONDS = 10.0
"""In which a head has to be complete, from its first byte on."""


class EdgeConfig(uvicorn.Config):
    """uvicorn's settings, and what all connections of the server have in common."""

    def __init__(self, app: ASGIApp, *, room: Room, **settings: Any) -> None:
        super().__init__(app, http=HttpEdge, **settings)
        self.clients = ClientConnections(room)


class HttpEdge(HttpToolsProtocol):
    """One connection.

    `_left` is what is still to come of a body: bytes, or None for chunks. At 0 a head comes next; what is
    there of it is in `_head`. `_ahead` came before the request in front of it was answered.
    """

    def __init__(
        self,
        config: EdgeConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._clients = config.clients
        self._place = ConnectionPlace.SERVED
        self._head = bytearray()
        self._ahead = bytearray()
        self._left: int | None = 0
        self._in_head = False
        self._unaccounted = 0
        self._deaf = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection if there is room, for as long as any other one may be idle."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
        self._place = self._clients.add(transport)
        if self._place is ConnectionPlace.NONE:
            self._refuse(capacity.busy())
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._clients.discard(self.transport)
        self._set_timer(None)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what comes in apart into heads and bodies."""
        self._unset_keepalive_if_required()
        if self._deaf:
            self._unaccounted += len(data)
            if self._unaccounted > linger.MOST_BYTES:
                self.transport.abort()
            return
        try:
            while data and not self._deaf:
                data = self._take_head(data) if self._left == 0 else self._take_body(data)
        except ProblemError as refused:
            self._refuse(refused)

    def _take_head(self, data: bytes) -> bytes:
        """Take of `data` what belongs to a head; the rest. Raises ProblemError."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._keep_for_later(data)
            return b""
        searched = max(0, len(self._head) - len(END) + 1)
        come: bytes | bytearray = data
        if self._head:
            self._head += data
            come = self._head
        else:
            self._clients.work(self.transport)
        end = come.find(END, searched) + len(END)
        if end < len(END):
            if not self._head:
                self._head += data
                self._set_timer(self.loop.call_later(HEAD_SECONDS, self._head_is_late))
            check_beginning(self._head, searched=searched)
            return b""
        text, rest = bytes(come[:end]), bytes(come[end:])
        if self._timer is not None:
            self._set_timer(None)
            self._head.clear()
        self._feed(text)
        return rest

    def _feed(self, text: bytes) -> None:
        """Have the parser begin a request with its whole head. Raises ProblemError."""
        head = read_head(text)
        if self._place is ConnectionPlace.TOLD and self._clients.crowded:
            raise capacity.busy()
        self._left = head.length
        self._unaccounted = 0
        self._in_head = True
        super().data_received(head.text)
        self._in_head = False

    def _take_body(self, data: bytes) -> bytes:
        """Take of `data` what belongs to the body; the rest. Raises ProblemError."""
        if self.cycle.response_complete:
            # answered without it, so nobody reads it
            self.transport.close()
            return b""
        if self._left is None:
            self._take_chunks(data)
            return b""
        part = data[: self._left]
        self._left -= len(part)
        super().data_received(part)
        return data[len(part) :]

    def _take_chunks(self, data: bytes) -> None:
        """Take chunks. What stands between them is bounded: the parser keeps a field of a trailer until it
        ends, which may be never. Raises ProblemError.
        """
        cycle, before = self.cycle, len(self.cycle.body)
        # the fields of a trailer come to nothing: the request keeps the list that it has
        self.headers = []
        super().data_received(data)
        self._unaccounted = 0 if len(cycle.body) > before else self._unaccounted + len(data)
        if not cycle.more_body:
            self._left = 0
        elif self._unaccounted > MOST_BYTES:
            raise too_large(f"what is not the body itself may have at most {MOST_BYTES} bytes")

    def _keep_for_later(self, data: bytes) -> None:
        """Requests are served one after another: what comes early waits, and no more is read meanwhile."""
        self._ahead += data
        self.flow.pause_reading()
        if len(self._ahead) > MOST_BYTES:
            self._end_after_answer()

    def _end_after_answer(self) -> None:
        """Hear no more on this connection, and close it after the answer that is in the making."""
        self._deaf = True
        self.cycle.keep_alive = False
        if self.cycle.response_complete:
            self.transport.close()

    # what uvicorn's parser tells
    def on_message_begin(self) -> None:
        """Begin a request, which is the one whose head was read; anything else is not served."""
        if not self._in_head:
            self._end_after_answer()
            raise invalid_request("a request behind chunks has to wait for the answer")
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin the answer, whose head and body go out together."""
        super().on_headers_complete()
        if self._clients.draining:
            self.cycle.keep_alive = False
        self.cycle.transport = AnswerWriter(self.transport, self.loop)  # type: ignore[assignment]

    def on_response_complete(self) -> None:
        """Go on with what came in meanwhile."""
        super().on_response_complete()
        if self.transport.is_closing():
            return
        self._clients.rest(self.transport)
        if self._ahead:
            data = bytes(self._ahead)
            self._ahead.clear()
            self.data_received(data)

    # refusals
    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what the parser does not take."""
        self._refuse(invalid_request("the request is malformed"))

    def _head_is_late(self) -> None:
        self._refuse(
            ProblemError(
                slug="request-timeout",
                title="Request timeout",
                status=408,
                detail=f"the head of a request has to arrive within {HEAD_SECONDS:g} seconds",
            )
        )

    def _refuse(self, error: ProblemError) -> None:
        """Answer, and end the connection once the client has had the time to read that. The first counts."""
        if self._deaf:
            return
        self._deaf = True
        identity = correlation.new_id()
        log.warning(
            "request refused",
            status=error.status,
            detail=error.detail,
            client=self.client[0] if self.client else None,
            correlation_id=identity,
        )
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started:
                self.transport.close()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(_answer(error, identity, self.server_state.default_headers))
        self.transport.write_eof()
        self.flow.resume_reading()
        self._unaccounted = 0
        self._set_timer(self.loop.call_later(linger.MOST_SECONDS, self.transport.abort))

    def _set_timer(self, timer: asyncio.TimerHandle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer


def _answer(error: ProblemError, identity: str, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The bytes of an answer to what is no request."""
    with correlation.serving(identity):
        response = problem_response(error, instance="")
    lines = [b"HTTP/1.1 %d %s" % (error.status, HTTPStatus(error.status).phrase.encode())]
    lines += [name + b": " + value for name, value in (*headers, *response.raw_headers)]
    lines += [correlation.HEADER.encode() + b": " + identity.encode(), b"connection: close", b"", b""]
    return b"\r\n".join(lines) + bytes(response.body)
