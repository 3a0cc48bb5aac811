"""The X-Ray receiver on a real UDP port."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from sandbox.cloud.telemetry.xray import XRayReceiver

HEADER = b'{"format": "json", "version": 1}\n'


class XRay:
    """Keeps what is stored."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self.arrived = threading.Condition()
        self.fails = False

    def store(self, documents: Sequence[str]) -> None:
        with self.arrived:
            if self.fails:
                self.fails = False
                self.arrived.notify_all()
                raise ConnectionError("gone")
            self.documents += [json.loads(document) for document in documents]
            self.arrived.notify_all()


@pytest.fixture
def xray() -> XRay:
    return XRay()


@pytest.fixture
def receiver(xray: XRay) -> Iterator[XRayReceiver]:
    made = XRayReceiver(xray.store, admits=lambda _: True)
    made.start()
    yield made
    made.stop()


def send(receiver: XRayReceiver, *datagrams: bytes) -> None:
    host, _, port = receiver.address.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for datagram in datagrams:
            sock.sendto(datagram, (host, int(port)))


def wait_for(xray: XRay, count: int) -> None:
    with xray.arrived:
        assert xray.arrived.wait_for(lambda: len(xray.documents) >= count, 5)


def test_segments_are_forwarded_and_noise_is_not(receiver: XRayReceiver, xray: XRay) -> None:
    """Segments reach X-Ray in order; a datagram that is no segment is left out."""
    send(
        receiver,
        HEADER + b'{"id": "1"}',
        b"noise",
        b"not json\n{}",
        b'{"format": "xml"}\n{}',
        b"[]\n{}",
        HEADER + b'{"id": "2"}',
    )
    wait_for(xray, 2)
    assert xray.documents == [{"id": "1"}, {"id": "2"}]


def test_many_segments_arrive(receiver: XRayReceiver, xray: XRay) -> None:
    """What comes at once is stored to the last segment."""
    send(receiver, *(HEADER + json.dumps({"id": str(number)}).encode() for number in range(120)))
    wait_for(xray, 120)


def test_failure_of_xray_is_survived(
    receiver: XRayReceiver, xray: XRay, caplog: pytest.LogCaptureFixture
) -> None:
    """Segments that cannot be forwarded are lost and logged; the next ones arrive."""
    xray.fails = True
    send(receiver, HEADER + b'{"id": "lost"}')
    with xray.arrived:
        assert xray.arrived.wait_for(lambda: not xray.fails, 5)
    send(receiver, HEADER + b'{"id": "kept"}')
    wait_for(xray, 1)
    assert xray.documents == [{"id": "kept"}]
    assert "1 trace segments are lost" in caplog.text


def test_stop_forwards_what_has_arrived_and_closes_the_port(xray: XRay) -> None:
    """Nothing that was received before the stop is lost, and the port is free afterwards."""
    receiver = XRayReceiver(xray.store, admits=lambda _: True)
    host, _, port = receiver.address.partition(":")
    send(receiver, HEADER + b'{"id": "1"}')
    receiver.start()
    receiver.stop()
    assert xray.documents == [{"id": "1"}]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, int(port)))


def test_segments_of_others_are_refused(xray: XRay, caplog: pytest.LogCaptureFixture) -> None:
    """FID-2: nobody else on the machine makes traces up; who was let in is asked about once in a while."""
    asked: list[int] = []
    strangers: set[int] = set()

    def admits(sender: tuple[str, int]) -> bool:
        asked.append(sender[1])
        return sender[1] not in strangers

    receiver = XRayReceiver(xray.store, admits=admits)
    host, _, port = receiver.address.partition(":")
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for sender in (own, other):
            sender.bind(("127.0.0.1", 0))
        own_port = own.getsockname()[1]
        strangers.add(other.getsockname()[1])
        receiver.start()
        for name, sender in (("1", own), ("x", other), ("2", own)):
            sender.sendto(HEADER + json.dumps({"id": name}).encode(), (host, int(port)))
        wait_for(xray, 2)
        receiver.stop()
    assert xray.documents == [{"id": "1"}, {"id": "2"}]
    assert asked.count(own_port) == 1
    assert "another user" in caplog.text
