"""What a service process takes from the wire, byte for byte. AXN-2, SEC-2."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psutil
import pytest

from tests.support.services.processes import Process, StartService
from tests.support.wire.ledger_app import DONE
from tests.support.wire.raw_requests import (
    CHUNKED,
    ENVIRON,
    LEDGER,
    RawRequest,
    address,
    exchange,
    read_all,
    signed_request,
    status,
)

DOOR = b"GET /door HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def ledger(start_shared_service: StartService) -> Process:
    return start_shared_service(LEDGER, ENVIRON)


def problem(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\ncontent-type: application/problem+json" in head
    assert b"\r\nconnection: close" in head
    found: dict[str, Any] = json.loads(body)
    return found


def line(request_line: bytes) -> RawRequest:
    return replace(signed_request(), line=request_line)


def in_front(field: bytes) -> RawRequest:
    request = signed_request()
    return replace(request, fields=(field, *request.fields))


def body(data: bytes) -> RawRequest:
    return replace(signed_request().without(b"content-length").also(CHUNKED), body=data)


REFUSED: dict[str, Callable[[], RawRequest | bytes]] = {
    "fragment": lambda: line(b"POST /balance#x HTTP/1.1"),
    "absolute form": lambda: line(b"POST http://evil.example/balance HTTP/1.1"),
    "absolute form with the signed host": lambda: line(b"POST http://ledger:9000/balance HTTP/1.1"),
    "absolute form with a password": lambda: line(b"POST http://u:p@evil.example/balance HTTP/1.1"),
    "authority form": lambda: line(b"CONNECT ledger:9000 HTTP/1.1"),
    "asterisk form": lambda: line(b"POST * HTTP/1.1"),
    "two spaces": lambda: line(b"POST  /balance HTTP/1.1"),
    "two spaces behind the target": lambda: line(b"POST /balance  HTTP/1.1"),
    "tab": lambda: line(b"POST\t/balance HTTP/1.1"),
    "lower-case method": lambda: line(b"post /balance HTTP/1.1"),
    "HTTP/9.9": lambda: line(b"POST /balance HTTP/9.9"),
    "HTTP/2 preface": lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "empty line in front": lambda: b"\r\n" + bytes(signed_request()),
    "HTTP/1.0 in chunks": lambda: replace(signed_request().chunked(), line=b"POST /balance HTTP/1.0"),
    "length and chunks": lambda: signed_request().chunked().also(b"content-length: 5"),
    "chunks and length": lambda: in_front(CHUNKED),
    "two lengths": lambda: signed_request().also(b"content-length: 3"),
    "another coding": lambda: replace(
        signed_request().chunked().without(b"transfer-encoding").also(b"transfer-encoding: gzip, chunked")
    ),
    "folded line": lambda: signed_request().also(b"x-a: 1", b" 2"),
    "bare LF": lambda: signed_request().also(b"x-a: 1\nx-b: 2"),
    "bare CR": lambda: signed_request().also(b"x-a: 1\rx-b: 2"),
    "lines that end with LF": lambda: bytes(signed_request()).replace(b"\r\n", b"\n"),
    "NUL in a value": lambda: signed_request().also(b"x-a: 1\0"),
    "NUL in a name": lambda: signed_request().also(b"x-\0a: 1"),
    "space behind a name": lambda: signed_request().also(b"x-a : 1"),
    "no host": lambda: signed_request().without(b"host"),
    "two hosts": lambda: signed_request().also(b"host: evil.example"),
    "the same host twice": lambda: signed_request().also(b"host: ledger:9000"),
    "chunk size with 0x": lambda: body(b"0x2\r\n{}\r\n0\r\n\r\n"),
    "chunk size with a sign": lambda: body(b"+2\r\n{}\r\n0\r\n\r\n"),
    "chunk size behind a blank": lambda: body(b" 2\r\n{}\r\n0\r\n\r\n"),
    "chunk with bare LF": lambda: body(b"2\n{}\n0\n\n"),
    "chunk longer than it says": lambda: body(b"2\r\n{}}\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_in_the_plain_form_is_refused(ledger: Process, case: str) -> None:
    """400 as problem details, the connection ends, and no handler runs (RFC 9112)."""
    answer = exchange(ledger, bytes(REFUSED[case]()))
    found = problem(answer)
    assert (status(answer), found["status"], found["type"]) == (
        400,
        400,
        "urn:myelin:problem:invalid-request",
    )
    assert DONE.encode() not in answer
    assert answer.count(b"HTTP/1.1 ") == 1


ACCEPTED: dict[str, Callable[[], RawRequest]] = {
    "as it was signed": signed_request,
    "blank behind the date": lambda: replace(
        signed_request(),
        fields=tuple(
            field + b" " if field.startswith(b"x-amz-date:") else field for field in signed_request().fields
        ),
    ),
    "chunks": lambda: signed_request().chunked(),
    "small chunks": lambda: signed_request().chunked(3),
    "chunk extension": lambda: replace(
        request := signed_request().chunked(), body=request.body.replace(b"\r\n", b";a=b\r\n", 1)
    ),
    "trailer": lambda: signed_request().chunked(trailer=b"x-myelin-deadline-ms: 0\r\n"),
    "upgrade": lambda: signed_request().also(b"connection: upgrade", b"upgrade: h2c"),
    "HTTP/1.0": lambda: line(b"POST /balance HTTP/1.0"),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_means_the_same_is_accepted(ledger: Process, case: str) -> None:
    """Spellings that docs/sigv4.md names: white space around a value, framing, fields that are not signed."""
    answer = exchange(ledger, bytes(ACCEPTED[case]()))
    assert status(answer) == 200
    assert DONE.encode() in answer


def test_a_star_asks_about_the_server(ledger: Process) -> None:
    """`OPTIONS *` is a request in order, and nothing that is served here."""
    assert status(exchange(ledger, b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")) == 404


@pytest.mark.parametrize("packets", ["one", "two"])
def test_a_trailer_comes_to_nothing(ledger: Process, packets: str) -> None:
    """Its fields are no header fields, neither of this request nor of the next on the connection, in one
    packet with the head or in a later one.
    """
    head = b"POST /door HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n"
    rest = b"2\r\nab\r\n0\r\nx-myelin-tenant: evil\r\nhost: evil\r\n\r\n"
    parts = (head + rest, DOOR) if packets == "one" else (head, rest, DOOR)
    answer = exchange(ledger, *parts)

    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b'"body":"ab"' in answer
    assert b"evil" not in answer


def test_too_large_a_head_is_refused_before_it_is_read(ledger: Process) -> None:
    """8 MB of one field, 100,000 fields, and a request line of 9 KB: 431, 431, 414 (RFC 6585)."""
    large = signed_request().also(b"x-a: " + b"a" * 8 * MEGABYTE)
    many = signed_request().also(*(b"x-%d: b" % number for number in range(100_000)))
    hundred = signed_request().also(*(b"x-%d: b" % number for number in range(100)))
    long = line(b"POST /balance?a=" + b"a" * 9_000 + b" HTTP/1.1")

    answers = [exchange_while_sending(ledger, bytes(request)) for request in (large, many, hundred, long)]
    assert [status(answer) for answer in answers] == [431, 431, 431, 414]
    assert [problem(answer)["title"] for answer in answers][2:] == [
        "Request head too large",
        "Request target too long",
    ]


def exchange_while_sending(process: Process, data: bytes) -> bytes:
    """As `exchange`; the connection may end before all is sent."""
    with socket.create_connection(address(process), timeout=60) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        return read_all(connection)


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST /balance HTTP/1.1\r\nhost: x\r\nx-a: ",
        b"POST /balance HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-a: ",
        b"POST /balance HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2;x=",
    ],
    ids=["field", "trailer", "chunk extension"],
)
def test_what_never_ends_takes_no_memory(ledger: Process, beginning: bytes) -> None:
    """64 MB of one field, of a trailer, or of a chunk's extension: refused soon, and nothing is kept."""
    memory = psutil.Process(ledger.popen.pid).memory_info
    before = memory().rss
    sent = 0
    with socket.create_connection(address(ledger), timeout=60) as connection:
        connection.sendall(beginning)
        with contextlib.suppress(ConnectionError):
            while sent < 64 * MEGABYTE:
                connection.sendall(b"a" * 65_536)
                sent += 65_536
        answer = read_all(connection)

    assert sent < 64 * MEGABYTE
    assert status(answer) in (401, 431)
    assert memory().rss - before < 5 * MEGABYTE


def test_requests_on_one_connection_are_answered_in_order(ledger: Process) -> None:
    """Requests sent without waiting for answers are each answered, the faulty one last."""
    first, second = (bytes(signed_request().without(b"connection")) for _ in range(2))
    answer = exchange(ledger, first + second + DOOR.replace(b"connection: close", b"a: b") + b"bad\r\n\r\n")
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 200, 200, 400]


def test_an_unsigned_request_gains_nothing_from_a_signed_one_in_front(ledger: Process) -> None:
    """Behind a signed request on the same connection, an unsigned one is refused as it always is."""
    signed = bytes(signed_request().without(b"connection"))
    unsigned = b"POST /balance HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"
    answer = exchange(ledger, signed + unsigned)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 401]


def test_refusals_are_logged_with_the_id_that_the_client_gets(ledger: Process) -> None:
    """The log says who sent what is refused, under the correlation id of the answer (OBS-2)."""
    answer = exchange(ledger, bytes(line(b"POST /balance#x HTTP/1.1")))
    found = problem(answer)
    assert f"x-correlation-id: {found['correlation_id']}".encode() in answer
    logged = ledger.line_of(found["correlation_id"])
    assert (logged["message"], logged["status"], logged["client"]) == ("request refused", 400, "127.0.0.1")
    assert logged["detail"] == found["detail"] == "a request target has no fragment"
