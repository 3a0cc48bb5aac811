"""The head of a request, as it has to stand on the wire: in the one form of RFC 9112, and bounded. Pure.

Whatever stands between a client and a service reads the same bytes with another parser. Where two of them are
lenient in different ways they see different requests, so what is not in the plain form is refused, even where
its meaning could be guessed. What a signature covers is decided elsewhere, on what has passed here.

https://www.rfc-editor.org/rfc/rfc9112, https://www.rfc-editor.org/rfc/rfc6585#section-5
"""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import NamedTuple

from services.runtime.requests.problems import ProblemError, invalid_request

MOST_BYTES = 65_536
"""Of a whole head."""

MOST_LINE_BYTES = 8_192
"""Of the request line, and of each header field."""

MOST_FIELDS = 100
"""Header fields in a head."""

MOST_DIGITS = 15
"""Of a `Content-Length`: more bytes than anybody sends."""

END = b"\r\n\r\n"
"""Ends a head."""

_STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\0")
_LETTERS = ascii_letters.encode() + digits.encode()
_TOKEN = b"!#$%&'*+-.^_`|~" + _LETTERS
_HOST = b"._~!$&'()*+,;=%:[]-" + _LETTERS
_VISIBLE = bytes(range(0x21, 0x7F))
_TEXT = bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)])
# `translate` that deletes what may be there is several times as fast as a regular expression that matches it


class WireHead(NamedTuple):
    """A head that is taken.

    `text` is what the parser gets: the same fields without the white space around their values, and without
    `Upgrade`, since no other protocol is spoken here. `length` is the number of bytes of the body, None if it
    comes in chunks.
    """

    text: bytes
    length: int | None


def read_head(head: bytes) -> WireHead:
    """The complete `head`, up to and including its empty line. Raises ProblemError: 400, 414 or 431."""
    if len(head) > MOST_BYTES:
        raise too_large(f"a head may have at most {MOST_BYTES} bytes")
    line, *fields = head[: -len(END)].split(b"\r\n")
    if len(fields) > MOST_FIELDS:
        raise too_large(f"a head may have at most {MOST_FIELDS} header fields")
    if len(head) > MOST_LINE_BYTES:
        _check_lengths(line, fields)
    # what is left of a text are the ends of its lines
    if head.translate(None, _TEXT) != b"\r\n" * (len(fields) + 2):
        raise invalid_request("a head is text, in lines that end with CR and LF")
    is_old = _check_line(line)
    names = _read_names(fields)
    _check_host(_value(b"host", names, fields), is_old=is_old)
    length = _body_length(
        _value(b"content-length", names, fields), _value(b"transfer-encoding", names, fields), is_old=is_old
    )
    if b"upgrade" in names or b" \r\n" in head or b"\t\r\n" in head:
        head = _passed_on(line, fields)
    return WireHead(head, length)


def check_beginning(beginning: bytearray, *, searched: int) -> None:
    """Refuse a head that is not complete as soon as it can only be refused, however it goes on.

    `searched` bytes were found in order before. Raises ProblemError: 400, 414 or 431.
    """
    if _STRAY.search(beginning, searched):
        raise invalid_request("a line has to end with CR and LF, and neither may stand elsewhere")
    if len(beginning) > MOST_BYTES:
        raise too_large(f"a head may have at most {MOST_BYTES} bytes")
    line_end = beginning.find(b"\r\n")
    if searched <= line_end <= MOST_LINE_BYTES:
        _check_line(bytes(beginning[:line_end]))
    line_start = beginning.rfind(b"\n") + 1
    if len(beginning) - line_start > MOST_LINE_BYTES + 1:
        raise (
            too_large(f"a header field may have at most {MOST_LINE_BYTES} bytes")
            if line_start
            else _too_long()
        )


def too_large(detail: str) -> ProblemError:
    """The head, or a field of it, is larger than is taken: 431."""
    return ProblemError(slug="head-too-large", title="Request head too large", status=431, detail=detail)


def _too_long() -> ProblemError:
    return ProblemError(
        slug="target-too-long",
        title="Request target too long",
        status=414,
        detail=f"a request line may have at most {MOST_LINE_BYTES} bytes",
    )


def _check_lengths(line: bytes, fields: list[bytes]) -> None:
    if len(line) > MOST_LINE_BYTES:
        raise _too_long()
    if any(len(field) > MOST_LINE_BYTES for field in fields):
        raise too_large(f"a header field may have at most {MOST_LINE_BYTES} bytes")


def _check_line(line: bytes) -> bool:
    """Whether the request line, which is in order, is one of HTTP/1.0. Raises ProblemError."""
    words = line.split(b" ")
    if len(words) != 3 or words[2] not in (b"HTTP/1.1", b"HTTP/1.0") or not words[0].isupper():
        raise invalid_request(
            "the request line has to be METHOD, target and HTTP/1.1, one space between them"
        )
    method, target, version = words
    if target.translate(None, _VISIBLE) or method.translate(None, _TOKEN):
        raise invalid_request("the request line has to be ASCII")
    if b"#" in target:
        raise invalid_request("a request target has no fragment")
    if not (target.startswith(b"/") or (target == b"*" and method == b"OPTIONS")) or method == b"CONNECT":
        raise invalid_request("the request target has to be a path, which begins with a slash")
    return version == b"HTTP/1.0"


def _read_names(fields: list[bytes]) -> list[bytes]:
    """The names of the fields in lower case, in their order. Raises ProblemError."""
    try:
        names = [field[: field.index(b":")].lower() for field in fields]
    except ValueError:
        names = [b""]
    if b"" in names or b"".join(names).translate(None, _TOKEN):
        raise invalid_request("a header field has to be a name, a colon and a value, on one line")
    return names


def _value(wanted: bytes, names: list[bytes], fields: list[bytes]) -> bytes | None:
    """The value of the field of this name, None if there is none. Raises ProblemError if there are two."""
    count = names.count(wanted)
    if not count:
        return None
    if count > 1:
        raise invalid_request(f"there has to be one `{wanted.decode()}`")
    return fields[names.index(wanted)][len(wanted) + 1 :].strip(b" \t")


def _check_host(host: bytes | None, *, is_old: bool) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-3.2-5."""
    if host is None:
        if not is_old:
            raise invalid_request("there has to be one `host`")
    elif not host or host.translate(None, _HOST):
        raise invalid_request("`host` has to be a host, and its port if there is one")


def _body_length(length: bytes | None, coding: bytes | None, *, is_old: bool) -> int | None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-6.3: bytes of the body, None for chunks."""
    if coding is not None:
        if length is not None or coding.lower() != b"chunked" or is_old:
            raise invalid_request(
                "a body has one `content-length`, or is `chunked` and nothing else, which it cannot be in 1.0"
            )
        return None
    if length is None:
        return 0
    if not length.isdigit() or len(length) > MOST_DIGITS:
        raise invalid_request("`content-length` has to be a number")
    return int(length)


def _passed_on(line: bytes, fields: list[bytes]) -> bytes:
    kept = [field.strip(b" \t") for field in fields if field.partition(b":")[0].lower() != b"upgrade"]
    return b"\r\n".join([line, *kept, b"", b""])
