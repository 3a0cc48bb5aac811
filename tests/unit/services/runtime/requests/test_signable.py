"""A request of an ASGI scope, as its signature was made over it."""

from __future__ import annotations

from typing import Any

from services.runtime.requests.signable import signable


def scope(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/credit",
        "raw_path": b"/credit",
        "query_string": b"",
        "headers": [],
    }
    return fields | changes


def test_path_and_query_are_as_they_came() -> None:
    """The path on the wire counts, with its percent-encoding, not the decoded one."""
    found = signable(scope(path="/a b", raw_path=b"/a%20b", query_string=b"x=%2F&x=1"))
    assert (found.method, found.path, found.query) == ("POST", "/a%20b", "x=%2F&x=1")


def test_headers_keep_order_and_repetition() -> None:
    """A header that is sent twice is there twice, and names are in lower case."""
    found = signable(scope(headers=[(b"X-One", b"b"), (b"x-two", b"2"), (b"x-one", b"a")]))
    assert found.headers == (("x-one", "b"), ("x-two", "2"), ("x-one", "a"))


def test_each_byte_is_one_character() -> None:
    """Bytes that are not ASCII do not fail to be read, and stay different from each other."""
    raw = bytes(range(128, 256))
    found = signable(scope(raw_path=b"/" + raw, query_string=raw, headers=[(b"x-one", raw)]))
    assert {found.path[1:], found.query, found.header("x-one")[0]} == {raw.decode("latin-1")}


def test_a_server_without_raw_path_gives_the_decoded_one() -> None:
    """ASGI leaves `raw_path` to the server."""
    assert signable(scope(raw_path=None)).path == "/credit"


def test_the_body_is_taken_as_it_is() -> None:
    """The bytes of the body are part of what is signed."""
    assert signable(scope(), b"\x00{}").body == b"\x00{}"
