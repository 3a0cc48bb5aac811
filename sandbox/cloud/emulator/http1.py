"""Reads HTTP/1.1 requests from a byte stream, and builds responses as one block of bytes.

Strict: what two readers could take for two things is refused, and everything has a bound. Both ends are on
this machine and known (botocore, curl, AWS's runtime client). A response is one block because headers and
body in two writes cost 40 ms a call (Nagle's algorithm waits for a delayed ACK). Sources: RFC 9110, RFC 9112;
docs/adr/0015-http-at-the-edges.md has why this is no library.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import BinaryIO

MAX_HEAD_BYTES = 64 * 1024
MAX_FIELDS = 256
MAX_BODY_BYTES = 256 * 1024 * 1024
MAX_CHUNK_LINE_BYTES = 4 * 1024
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"([A-Z][A-Z-]{0,31}) (/[!\"$-~]*) (HTTP/1\.[01])\r\n")
"""A target is a path with a query: neither another authority's nor a fragment."""
_FIELD = re.compile(rb"(" + _TOKEN + rb"):([\t -~\x80-\xff]*)\r\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[ \t!-~\x80-\xff]*)?\r\n")
_LENGTH = re.compile(r"[0-9]{1,19}")


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

    `interim` sends an interim response: `Expect: 100-continue` is granted before the body is read. Raises
    MalformedRequestError.
    """
    line = stream.readline(MAX_HEAD_BYTES)
    if line == b"\r\n":  # RFC 9112, section 2.2: tolerate an empty line before a request
        line = stream.readline(MAX_HEAD_BYTES)
    if not line:
        return None
    if len(line) >= MAX_HEAD_BYTES:
        raise MalformedRequestError(HTTPStatus.REQUEST_URI_TOO_LONG, "the request line is longer than 64 KiB")
    parts = _REQUEST_LINE.fullmatch(line)
    if parts is None:
        raise _bad("not an HTTP/1.1 request line")
    method, target, version = (part.decode("ascii") for part in parts.groups())
    headers = tuple(_read_fields(stream, MAX_HEAD_BYTES - len(line)))
    framing = _framing(version, headers)
    if framing.waits:
        interim(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = _read_chunks(stream) if framing.length is None else _read_exactly(stream, framing.length)
    return HttpRequest(method=method, target=target, version=version, headers=headers, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Framing:
    """How long a body is, None for chunks; and whether its sender waits to be asked for it."""

    length: int | None
    waits: bool


def framing_problem(version: str, headers: Iterable[tuple[str, str]]) -> MalformedRequestError | None:
    """Why header fields (names lowercase) say two things of a request, or too little; None if they do not."""
    try:
        _framing(version, tuple(headers))
    except MalformedRequestError as error:
        return error
    return None


def _framing(version: str, headers: tuple[tuple[str, str], ...]) -> _Framing:
    """What the header fields say of the body, if they say one thing (RFC 9112, section 6)."""
    named: dict[str, list[str]] = {"host": [], "content-length": [], "transfer-encoding": [], "expect": []}
    for name, value in headers:
        if name in named:
            named[name].append(value)
    if len(named["host"]) != 1:
        raise _bad("the request needs one header `host`")
    lengths, codings, expected = named["content-length"], named["transfer-encoding"], named["expect"]
    if len(lengths) + len(codings) > 1:
        raise _bad("the body's length is said twice")
    if expected and [each.lower() for each in expected] != ["100-continue"]:
        raise MalformedRequestError(HTTPStatus.EXPECTATION_FAILED, "only `100-continue` can be expected")
    if not codings:
        return _Framing(length=_parse_length(lengths[0]) if lengths else 0, waits=bool(expected))
    if version == "HTTP/1.0":
        raise _bad("HTTP/1.0 has no `transfer-encoding`")
    if codings[0].lower() != "chunked":
        raise MalformedRequestError(HTTPStatus.NOT_IMPLEMENTED, "a transfer coding other than `chunked`")
    return _Framing(length=None, waits=bool(expected))


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


def _bad(detail: str) -> MalformedRequestError:
    return MalformedRequestError(HTTPStatus.BAD_REQUEST, detail)


def _read_fields(stream: BinaryIO, budget: int) -> Iterable[tuple[str, str]]:
    """Header or trailer fields up to the empty line."""
    for _ in range(MAX_FIELDS + 1):
        line = stream.readline(MAX_HEAD_BYTES)
        budget -= len(line)
        if budget < 0:
            raise _too_large("the headers are longer than 64 KiB")
        if line == b"\r\n":
            return
        if not line.endswith(b"\n"):
            raise _bad("the connection ended inside the headers")
        found = _FIELD.fullmatch(line)
        if found is None:
            raise _bad("a header line that is no name, colon and value")
        yield found[1].decode("ascii").lower(), found[2].strip(b" \t").decode("latin-1")
    raise _too_large(f"there are more than {MAX_FIELDS} headers")


def _too_large(detail: str) -> MalformedRequestError:
    return MalformedRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)


def _parse_length(text: str) -> int:
    if not _LENGTH.fullmatch(text):
        raise _bad("a content length that is no number")
    _require_room(int(text))
    return int(text)


def _require_room(length: int) -> None:
    if length > MAX_BODY_BYTES:
        raise MalformedRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is longer than 256 MiB")


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise _bad("the connection ended inside the body")
    return body


def _read_chunks(stream: BinaryIO) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while True:
        line = stream.readline(MAX_CHUNK_LINE_BYTES)
        found = _CHUNK.fullmatch(line)
        if found is None:
            raise _bad("a chunk without a size")
        size = int(found[1], 16)
        if size == 0:
            for _ in _read_fields(stream, MAX_HEAD_BYTES):  # trailers carry nothing that is used here
                pass
            return b"".join(chunks)
        # what frames the chunks counts, too: one byte in each would make the message a thousand times longer
        total += size + len(line)
        _require_room(total)
        chunks.append(_read_exactly(stream, size))
        if _read_exactly(stream, 2) != b"\r\n":
            raise _bad("a chunk that is longer than its size")
