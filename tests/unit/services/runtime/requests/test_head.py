"""The grammar of a request's head: one form, bounded. AXN-2."""

from __future__ import annotations

import pytest

from services.runtime.requests.head import (
    END,
    MOST_BYTES,
    MOST_FIELDS,
    MOST_LINE_BYTES,
    WireHead,
    check_beginning,
    read_head,
)
from services.runtime.requests.problems import ProblemError

LINE = "POST /reason HTTP/1.1"
HOST = "host: axon:8081"


def head(*fields: str, line: str = LINE) -> bytes:
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1")


def status(data: bytes) -> int:
    with pytest.raises(ProblemError) as caught:
        read_head(data)
    return caught.value.status


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.1",
        "POST /reason?a=1&b HTTP/1.1",
        "GET /a%20b/{c}|[d] HTTP/1.1",
        "GET //double HTTP/1.1",
        "M-SEARCH / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET / HTTP/1.0",
    ],
)
def test_a_plain_request_line_is_taken(line: str) -> None:
    """Method, path with its query, and version, with one space between them; a star for OPTIONS."""
    assert read_head(head(HOST, line=line)) == WireHead(head(HOST, line=line), 0)


@pytest.mark.parametrize(
    "line",
    [
        "POST  /reason HTTP/1.1",
        "POST /reason  HTTP/1.1",
        "POST\t/reason HTTP/1.1",
        "POST /reason\tHTTP/1.1",
        " POST /reason HTTP/1.1",
        "POST /reason HTTP/1.1 ",
        "POST /rea son HTTP/1.1",
        "POST /reason",
        "/reason HTTP/1.1",
        "",
        "post /reason HTTP/1.1",
        "POST /reason#x HTTP/1.1",
        "POST # HTTP/1.1",
        "POST http://evil.example/reason HTTP/1.1",
        "POST http://u:p@axon:8081/reason HTTP/1.1",
        "POST HTTPS://axon:8081 HTTP/1.1",
        "POST axon:8081 HTTP/1.1",
        "CONNECT axon:8081 HTTP/1.1",
        "CONNECT /reason HTTP/1.1",
        "POST reason HTTP/1.1",
        "POST ?a=1 HTTP/1.1",
        "POST * HTTP/1.1",
        "OPTIONS *a HTTP/1.1",
        "POST /r\xe9ason HTTP/1.1",
        "POST /reason\x7f HTTP/1.1",
        "POST /reason HTTP/1.2",
        "POST /reason HTTP/2.0",
        "POST /reason HTTP/9.9",
        "POST /reason HTTP/1.11",
        "POST /reason http/1.1",
        "PRI * HTTP/2.0",
    ],
)
def test_any_other_request_line_is_refused(line: str) -> None:
    """Fragments, absolute and authority forms, white space, other versions: 400 (RFC 9112, section 3)."""
    assert status(head(HOST, line=line)) == 400


@pytest.mark.parametrize(
    "field",
    [
        "x-a : 1",
        " x-a: 1",
        ": 1",
        "x-a",
        "x a: 1",
        "x-\xe9: 1",
        "x(a): 1",
        "x-a: 1\r\n folded",
        "x-a: 1\r\n\tfolded",
        "x-a: 1\nx-b: 2",
        "x-a: 1\rx-b: 2",
        "x-a: 1\r\r",
        "x-a: a\rb\nc",
        "x-a: a\0b",
        "x-a\0: b",
        "x-a: a\x01b",
        "x-a: a\x7fb",
    ],
)
def test_a_malformed_field_is_refused(field: str) -> None:
    """Folded lines, control characters, CR or LF alone, a name that is none: 400 (RFC 9112, section 5)."""
    for fields in ((HOST, field), (field, HOST), (HOST, field, "x-c: d")):
        assert status(head(*fields)) == 400


@pytest.mark.parametrize("field", ["x-a:1", "x-a:", "X-A!#$%&'*+.^_`|~9: 1", 'x-a: "\x80\xff"; a=(b)\t c'])
def test_a_plain_field_is_taken_as_it_stands(field: str) -> None:
    """Visible characters, blanks between them and bytes beyond ASCII may be in a value."""
    assert read_head(head(HOST, field)).text == head(HOST, field)


def test_white_space_around_a_value_is_no_part_of_it() -> None:
    """Blanks at the end of a line are taken away; those in front of a value the parser passes over."""
    assert read_head(head(HOST, "x-a: \t b \t ", "x-c:  ")).text == head(HOST, "x-a: \t b", "x-c:")


def test_an_upgrade_is_passed_over() -> None:
    """A client that offers another protocol is served in this one (RFC 9110, section 7.8)."""
    offered = head(HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "content-length: 2")
    assert read_head(offered) == WireHead(
        head(HOST, "Connection: Upgrade, HTTP2-Settings", "content-length: 2"), 2
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], 0),
        (["content-length: 0"], 0),
        (["Content-Length: 12 "], 12),
        (["content-length: 0012"], 12),
        (["transfer-encoding: chunked"], None),
        (["Transfer-Encoding:\tChunked"], None),
    ],
)
def test_the_length_of_the_body_is_clear(fields: list[str], expected: int | None) -> None:
    """A number of bytes, chunks, or no body (RFC 9112, section 6.3)."""
    assert read_head(head(HOST, *fields)).length == expected


@pytest.mark.parametrize(
    "fields",
    [
        ["content-length: 1", "content-length: 2"],
        ["content-length: 1", "content-length: 1"],
        ["content-length: 1, 1"],
        ["content-length: +1"],
        ["content-length: -1"],
        ["content-length: 0x1"],
        ["content-length: 1 1"],
        ["content-length:"],
        ["content-length: \xb2"],
        ["content-length: 1234567890123456"],
        ["content-length: 1", "transfer-encoding: chunked"],
        ["transfer-encoding: chunked", "content-length: 1"],
        ["transfer-encoding: chunked", "Transfer-Encoding: chunked"],
        ["transfer-encoding: gzip, chunked"],
        ["transfer-encoding: chunked, identity"],
        ["transfer-encoding: identity"],
        ["transfer-encoding: xchunked"],
        ["transfer-encoding:"],
    ],
)
def test_an_unclear_length_is_refused(fields: list[str]) -> None:
    """Two lengths, a length and chunks, or a coding that is not understood: 400."""
    assert status(head(HOST, *fields)) == 400


def test_http_1_0_has_no_chunks() -> None:
    """Chunks in HTTP/1.0 are a faulty framing: 400 (RFC 9112, section 6.1)."""
    assert status(head(HOST, "transfer-encoding: chunked", line="POST /reason HTTP/1.0")) == 400


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [HOST, HOST],
        [HOST, "Host: other"],
        ["host:"],
        ["host: a b"],
        ["host: a/b"],
        ["host: u@axon"],
        ["host: a,b\xe9"],
    ],
)
def test_there_is_one_host(fields: list[str]) -> None:
    """None, two, or one that is no host: 400 (RFC 9112, section 3.2)."""
    assert status(head(*fields)) == 400


@pytest.mark.parametrize("host", ["axon", "axon:80", "127.0.0.1:1", "[::1]:80", "a_b.c-d.e"])
def test_hosts(host: str) -> None:
    """Names and addresses, with a port or without; HTTP/1.0 needs none."""
    assert read_head(head(f"host: {host}")).length == 0
    assert read_head(head(line="GET / HTTP/1.0")).length == 0


def test_the_sizes_are_bounded() -> None:
    """The last byte and the last field that fit are taken; one more is 431, in the request line 414."""
    path = "/" + "a" * (MOST_LINE_BYTES - len("GET / HTTP/1.1"))
    assert read_head(head(HOST, line=f"GET {path} HTTP/1.1"))
    assert status(head(HOST, line=f"GET {path}a HTTP/1.1")) == 414
    assert read_head(head(HOST, "x: " + "a" * (MOST_LINE_BYTES - 3)))
    assert status(head(HOST, "x: " + "a" * (MOST_LINE_BYTES - 2))) == 431
    assert read_head(head(HOST, *["x:"] * (MOST_FIELDS - 1)))
    assert status(head(HOST, *["x:"] * MOST_FIELDS)) == 431
    full = [HOST, *["x: " + "a" * 8_000] * 8]
    spare = MOST_BYTES - len(head(*full, "y:"))
    assert read_head(head(*full, "y:" + "a" * spare))
    assert status(head(*full, "y:" + "a" * (spare + 1))) == 431


def beginning(data: bytes, *, step: int) -> int | None:
    """The status that `data`, which comes in pieces, is refused with before it is complete."""
    come = bytearray()
    for start in range(0, len(data), step):
        searched = max(0, len(come) - len(END) + 1)
        come += data[start : start + step]
        try:
            check_beginning(come, searched=searched)
        except ProblemError as refused:
            return refused.status
    return None


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100_000])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"POST /reason HTTP/1.1\r\nhost: x\r\nx-a: 1\r", None),
        (b"POST /reas", None),
        (b"POST /reason HTTP/1.1\nhost: x\n\n", 400),
        (b"POST /reason HTTP/1.1\r\nx-a: 1\rx-b: 2", 400),
        (b"POST /reason HTTP/1.1\r\nx-a: 1\0", 400),
        (b"POST  /reason HTTP/1.1\r\n", 400),
        (b"GET /reason\r\n", 400),
        (b"\r\nGET /", 400),
        (b"POST /" + b"a" * 9_000, 414),
        (b"POST /reason HTTP/1.1\r\nx-a: " + b"a" * 9_000, 431),
        (b"POST /reason HTTP/1.1\r\n" + b"x-a: b\r\n" * 9_000, 431),
    ],
)
def test_a_hopeless_beginning_is_refused_before_its_end(data: bytes, expected: int | None, step: int) -> None:
    """In whatever pieces it comes, what can only be refused is refused as soon as that is clear."""
    assert beginning(data, step=step) == expected
