"""HTTP/1.1 messages on a byte stream."""

from __future__ import annotations

import io
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.emulator.http1 import HttpRequest, MalformedRequestError, read_request, response_bytes


def read(data: bytes) -> HttpRequest | None:
    return read_request(io.BytesIO(data), lambda _: None)


def test_request_is_read_whole() -> None:
    """Method, target, lowercase header names and the body of the stated length are read."""
    request = read(b"POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcNEXT")
    assert request is not None
    assert (request.method, request.path, request.query) == ("POST", "/a%20b", "c=d")
    assert request.headers == (("host", "x"), ("content-length", "3"))
    assert request.body == b"abc"


def test_two_requests_follow_each_other() -> None:
    """After one request the stream stands at the next, and at its end there is none."""
    stream = io.BytesIO(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
    targets = [getattr(read_request(stream, lambda _: None), "target", None) for _ in range(3)]
    assert targets == ["/1", "/2", None]


def test_chunked_body_is_joined() -> None:
    """A chunked body comes out as one, without its trailers."""
    request = read(
        b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n"
    )
    assert request is not None
    assert request.body == b"abcde"


def test_continue_is_granted_before_the_body() -> None:
    """A client that waits for `100 Continue` gets it."""
    sent: list[bytes] = []
    read_request(
        io.BytesIO(b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"),
        sent.append,
    )
    assert sent == [b"HTTP/1.1 100 Continue\r\n\r\n"]


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: close\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive\r\n", True),
    ],
)
def test_keep_alive_follows_version_and_header(version: str, connection: str, keeps: bool) -> None:
    """HTTP/1.1 keeps the connection unless told otherwise, HTTP/1.0 the other way round."""
    request = read(f"GET / HTTP/{version}\r\nHost: x\r\n{connection}\r\n".encode())
    assert request is not None
    assert request.keeps_alive is keeps


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/2\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", HTTPStatus.BAD_REQUEST),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc", HTTPStatus.BAD_REQUEST),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (
            b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", HTTPStatus.BAD_REQUEST),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\n"
            + b"".join(b"a%d: %s\r\n" % (i, b"x" * 1000) for i in range(70))
            + b"\r\n",
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        ),
    ],
)
def test_malformed_request_is_refused(data: bytes, status: HTTPStatus) -> None:
    """Bytes that are no request raise an error with the status to answer."""
    with pytest.raises(MalformedRequestError) as caught:
        read(data)
    assert caught.value.status is status


def test_response_has_length_and_connection() -> None:
    """The answer states its own length, whatever length or encoding the application gave."""
    data = response_bytes(
        "200 OK", [("Content-Length", "99"), ("Transfer-Encoding", "chunked"), ("X", "y")], b"abc"
    )
    head, _, body = data.partition(b"\r\n\r\n")
    assert body == b"abc"
    assert b"Content-Length: 3" in head
    assert b"99" not in head
    assert b"chunked" not in head
    assert b"Connection: keep-alive" in head


def test_head_and_bodiless_answers_carry_no_body() -> None:
    """An answer to HEAD keeps the length of what is left out; 204 has neither body nor length."""
    head = response_bytes("200 OK", [("Content-Length", "7")], b"ignored", method="HEAD")
    assert b"Content-Length: 7\r\n" in head
    assert head.endswith(b"\r\n\r\n")
    empty = response_bytes("204 No Content", [], b"ignored")
    assert b"Content-Length" not in empty
    assert empty.endswith(b"\r\n\r\n")


@given(value=st.text(max_size=50))
def test_header_values_cannot_break_out(value: str) -> None:
    """No header value ends its line early: the head has exactly the lines that were meant."""
    head = response_bytes("200 OK", [("X", value)], b"").partition(b"\r\n\r\n")[0]
    assert len(head.split(b"\r\n")) == 5
