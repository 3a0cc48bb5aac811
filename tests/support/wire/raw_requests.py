"""Requests as bytes, and what comes back for them: for tests of what a process takes from the wire."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tests.support.services.processes import Process
from tests.support.services.signed_calls import BALANCE, KEY, SignedCall

LEDGER = "tests.support.wire.ledger_app:create_app"
ENVIRON = {"MYELIN_SERVICE": "ledger", "LEDGER_GRANT_KEYS": json.dumps({"keys": [KEY.public_jwk()]})}
CHUNKED = b"transfer-encoding: chunked"


@dataclass(frozen=True, kw_only=True)
class RawRequest:
    """A request in its parts: the request line, header fields in order, and what stands behind the head."""

    line: bytes = b"POST /balance HTTP/1.1"
    fields: tuple[bytes, ...]
    body: bytes

    def __bytes__(self) -> bytes:
        """The request as it is sent."""
        return b"\r\n".join([self.line, *self.fields, b"", self.body])

    def named(self, name: bytes) -> bytes:
        """The one header field of this name."""
        (field,) = [field for field in self.fields if field.lower().startswith(name + b":")]
        return field

    def without(self, name: bytes) -> RawRequest:
        """The request without a header field."""
        return replace(self, fields=tuple(field for field in self.fields if field != self.named(name)))

    def also(self, *fields: bytes) -> RawRequest:
        """The request with further header fields, the last ones."""
        return replace(self, fields=(*self.fields, *fields))

    def chunked(self, size: int = 1000, *, trailer: bytes = b"") -> RawRequest:
        """The request with its body in chunks, and fields of a trailer, each with its line's end."""
        starts = range(0, len(self.body), size)
        chunks = [self.body[start : start + size] for start in starts]
        body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
        framed = self.without(b"content-length").also(CHUNKED)
        return replace(framed, body=body + b"0\r\n" + trailer + b"\r\n")


def signed_request() -> RawRequest:
    """A request that the ledger answers, once."""
    request = SignedCall(intent=BALANCE, idempotency_key=None).request()
    fields = [f"{name}: {value}".encode() for name, value in request.headers if name != "content-length"]
    length = b"content-length: %d" % len(request.body)
    return RawRequest(fields=(*fields, length, b"connection: close"), body=request.body)


def address(process: Process) -> tuple[str, int]:
    """Where a process listens."""
    url = urlsplit(process.url)
    return url.hostname or "", url.port or 0


def exchange(process: Process, data: bytes, *then: bytes) -> bytes:
    """Everything that comes back for `data`, until the connection ends. Each of `then` is sent once something
    has come back for what was sent before.
    """
    answer = b""
    with socket.create_connection(address(process), timeout=60) as connection:
        connection.sendall(data)
        for more in then:
            answer += connection.recv(65_536)
            connection.sendall(more)
        return answer + read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the connection ends, also if it ends with a reset."""
    answer = b""
    try:
        while part := connection.recv(65_536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def status(answer: bytes) -> int:
    """The status of the first answer in these bytes, 0 if there is none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) == 3 and words[0] == b"HTTP/1.1" else 0
