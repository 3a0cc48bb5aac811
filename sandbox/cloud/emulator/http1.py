"""Reads HTTP/1.1 requests from a byte stream, and builds responses as one block of bytes.

Small on purpose: both ends are on this machine and known (botocore, curl, AWS's runtime client). A response
is one block because headers and body in two writes cost 40 ms a call (Nagle's algorithm waits for a delayed
ACK). Source: RFC 9112.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import BinaryIO

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 256 * 1024 * 1024
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class MalformedRequestError(ValueError):
    """Bytes that are not an HTTP/1.1 request; `status` is the code to respond with."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request: header names are lowercase, in the order of arrival; the body is complete."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, by its lowercase name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The target's part after the question mark; empty without one."""
        return self.target.partition("?")[2]

    @property
    def keeps_alive(self) -> bool:
        """Whether the peer wants to use the connection again (RFC 9112, section 9.3)."""
        connection = (self.header("connection") or "").lower()
        return connection == "keep-alive" if self.version == "HTTP/1.0" else connection != "close"


def read_request(stream: BinaryIO, interim: Callable[[bytes], None]) -> HttpRequest | None:
    """Read the next request; None when the peer closed the connection between two requests.

    `interim` sends an interim response: `Expect: 100-continue` is granted before the body is read.
    """
    line = stream.readline(MAX_HEAD_BYTES)
    while line in {b"\r\n", b"\n"}:  # RFC 9112, section 2.2: tolerate an empty line before a request
        line = stream.readline(MAX_HEAD_BYTES)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise MalformedRequestError(HTTPStatus.BAD_REQUEST, "not an HTTP/1.1 request line")
    headers = tuple(_read_headers(stream, MAX_HEAD_BYTES - len(line)))
    named = dict(headers)
    if named.get("expect", "").lower() == "100-continue":
        interim(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "chunked" in named.get("transfer-encoding", "").lower():
        body = _read_chunks(stream)
    else:
        body = _read_exactly(stream, _parse_length(named.get("content-length", "0")))
    return HttpRequest(method=parts[0].upper(), target=parts[1], version=parts[2], headers=headers, body=body)


def response_bytes(
    status: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    method: str = "GET",
    keep_alive: bool = True,
) -> bytes:
    """Build a whole response. `status` is code and reason (`200 OK`)."""
    bodiless = int(status[:3]) in _BODILESS
    lines = [f"HTTP/1.1 {status}"]
    for name, value in headers:
        lowered = name.lower()
        if lowered in {"connection", "transfer-encoding"} or (
            lowered == "content-length" and method != "HEAD"
        ):
            continue  # how the message travels is decided here
        lines.append(f"{name}: {value}".replace("\r", " ").replace("\n", " "))
    if not bodiless and method != "HEAD":
        lines.append(f"Content-Length: {len(body)}")
    lines.append(f"Date: {_http_date(int(time.time()))}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head if bodiless or method == "HEAD" else head + body


_last_date: tuple[int, str] = (0, "")


def _http_date(second: int) -> str:
    global _last_date  # noqa: PLW0603 - one value a second; a race only formats it twice
    if _last_date[0] != second:
        _last_date = (second, formatdate(second, usegmt=True))
    return _last_date[1]


def _read_headers(stream: BinaryIO, budget: int) -> Iterable[tuple[str, str]]:
    while True:
        line = stream.readline(MAX_HEAD_BYTES)
        budget -= len(line)
        if not line:
            raise MalformedRequestError(HTTPStatus.BAD_REQUEST, "the connection ended inside the headers")
        if budget < 0:
            raise MalformedRequestError(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are longer than 64 KiB"
            )
        if line in {b"\r\n", b"\n"}:
            return
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedRequestError(HTTPStatus.BAD_REQUEST, "a header line without a name")
        yield name.lower(), value.strip()


def _parse_length(text: str) -> int:
    if not text.isdecimal():
        raise MalformedRequestError(HTTPStatus.BAD_REQUEST, "a content length that is no number")
    if int(text) > MAX_BODY_BYTES:
        raise MalformedRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is longer than 256 MiB")
    return int(text)


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise MalformedRequestError(HTTPStatus.BAD_REQUEST, "the connection ended inside the body")
    return body


def _read_chunks(stream: BinaryIO) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while True:
        size_text = stream.readline(MAX_HEAD_BYTES).partition(b";")[0].strip()
        try:
            size = int(size_text, 16)
        except ValueError as error:
            raise MalformedRequestError(HTTPStatus.BAD_REQUEST, "a chunk without a size") from error
        total += size
        if size < 0 or total > MAX_BODY_BYTES:
            raise MalformedRequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is longer than 256 MiB"
            )
        if size == 0:
            for _ in _read_headers(stream, MAX_HEAD_BYTES):  # trailers carry nothing that is used here
                pass
            return b"".join(chunks)
        chunks.append(_read_exactly(stream, size))
        stream.readline(MAX_HEAD_BYTES)
