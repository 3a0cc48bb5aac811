"""Requests that were signed and then changed, over real HTTP. AXN-2, SEC-2."""

from __future__ import annotations

import re
import socket
from collections import Counter
from random import Random

import pytest

from tests.support.effort import effort
from tests.support.services.processes import Process, StartService
from tests.support.wire.ledger_app import DONE
from tests.support.wire.mutations import means_the_same, mutated
from tests.support.wire.raw_requests import ENVIRON, LEDGER, address, signed_request, status

REQUESTS = min(effort(2_000, quick=400), 10_000)
BEHIND = (
    b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n" * 60
    + b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
)
"""Sent behind each request, so that none waits for bytes that do not come: more than any body may have."""


@pytest.fixture(scope="module")
def ledger(start_shared_service: StartService) -> Process:
    return start_shared_service(LEDGER, ENVIRON)


def answers(process: Process, data: bytes) -> bytes:
    """What comes back for `data`, up to the answer that says that it is the last one."""
    told = b""
    with socket.create_connection(address(process), timeout=60) as connection:
        connection.sendall(data)
        try:
            while not ended(told) and (part := connection.recv(65_536)):
                told += part
        except ConnectionResetError:
            pass
    return told


def ended(told: bytes) -> bool:
    """Whether the last answer is complete, and says that the connection ends with it."""
    head, _, body = told[max(0, told.rfind(b"HTTP/1.1 ")) :].partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: ([0-9]+)", head)
    return b"connection: close" in head and length is not None and len(body) >= int(length[1])


def test_a_changed_request_is_refused(ledger: Process) -> None:
    """Whatever is changed in a request that was signed and granted: if it is carried out, it means the same
    as before, in a spelling that docs/sigv4.md names; anything else is answered 4xx.
    """
    counted: Counter[int] = Counter()
    others = 0
    for number in range(REQUESTS):
        request = signed_request()
        data = mutated(Random(number), request)
        told = answers(ledger, data + BEHIND)
        assert 200 <= status(told) < 500, (number, data, told)
        counted[status(told)] += 1
        if DONE.encode() in told:
            assert means_the_same(request, data), (number, data, told)
            others += data != bytes(request)
    assert sum(count for code, count in counted.items() if code >= 400) > REQUESTS / 2, counted
    assert others, "no spelling was accepted: the changes are all alike"
