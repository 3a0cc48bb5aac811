"""Requests that two readers could take for two things, or that have no bound: no edge may answer them."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /health HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

AMBIGUOUS: Mapping[str, bytes] = {
    "length with coding": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "coding with length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + SMUGGLED,
    "two equal lengths": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "a list of lengths": POST + b"Content-Length: 1, 1\r\n\r\nx",
    "a length with a sign": POST + b"Content-Length: +1\r\n\r\nx",
    "a length in other digits": POST + b"Content-Length: 0x1\r\n\r\nx",
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\nx",
    "two codings": POST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a hidden coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a coding of HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "a bare CR in a value": GET + b"a: b\rc: d\r\n\r\n",
    "a bare CR at a line's end": GET + b"a: b\rContent-Length: 5\r\n\r\n",
    "NUL in a value": GET + b"a: b\0c\r\n\r\n",
    "NUL in a name": GET + b"a\0b: c\r\n\r\n",
    "a folded line": GET + b"a: b\r\n c: d\r\n\r\n",
    "a blank before the colon": GET + b"Content-Length : 5\r\n\r\nxxxxx",
    "no name": GET + b": b\r\n\r\n",
    "no colon": GET + b"ab\r\n\r\n",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: localhost\r\n\r\n",
    "a chunk with 0x": CHUNKED + b"0x1\r\nx\r\n0\r\n\r\n",
    "a chunk with a sign": CHUNKED + b"+1\r\nx\r\n0\r\n\r\n",
    "a chunk with an underscore": CHUNKED + b"1_0\r\n" + b"x" * 16 + b"\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"\r\n\r\n",
    "a chunk that is longer than its size": CHUNKED + b"1\r\nxyz\r\n0\r\n\r\n",
    "two blanks": b"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "another version": b"GET /health HTTP/3.7\r\nHost: localhost\r\n\r\n",
    "no version": b"GET /health\r\n\r\n",
    "a head without an end": GET + b"a: " + b"x" * (70 * 1024) + b"\r\n\r\n",
    "a long line": b"GET /" + b"x" * (70 * 1024) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


def answers(port: int, sent: bytes) -> list[int]:
    """The status of each answer to what is sent, until the connection is closed or nothing more comes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        try:
            connection.sendall(sent)
            while chunk := connection.recv(65536):
                received += chunk
        except (ConnectionError, TimeoutError):
            pass  # it was closed while there was more to read, or waits for more
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)]
