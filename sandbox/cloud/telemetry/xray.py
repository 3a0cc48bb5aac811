"""Emulates the X-Ray daemon: receives segments over UDP and forwards them with PutTraceSegments.

A datagram is `{"format": "json", "version": 1}`, a newline, and a segment document
(https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon).
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
MAX_DATAGRAM = 65_535
BATCH = 50
"""Segments in one call, as many as the daemon sends."""

LINGER_SECONDS = 0.2
"""How long the first segment of a batch waits for others."""


class XRayReceiver:
    """Listens on a UDP port of the loopback interface; `address` is the value of AWS_XRAY_DAEMON_ADDRESS."""

    def __init__(self, aws: Callable[[str], Any], *, port: int = 0) -> None:
        """Bind the port (0: a free one); `aws` gives the boto3 client of a service."""
        self._aws = aws
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, port))
        self.address = f"{HOST}:{self._socket.getsockname()[1]}"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="xray-receiver", daemon=True)

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        """Forward what has arrived, then close the port."""
        self._stopping.set()
        # a thread that waits for a datagram wakes up when there is one
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join(timeout)
        self._socket.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            documents = self._receive()
            if documents:
                self._forward(documents)

    def _receive(self) -> list[str]:
        documents: list[str] = []
        self._socket.settimeout(None)
        while len(documents) < BATCH:
            try:
                datagram = self._socket.recv(MAX_DATAGRAM)
            except TimeoutError:
                break
            document = _segment(datagram)
            if document is not None:
                documents.append(document)
            elif self._stopping.is_set():
                break
            self._socket.settimeout(LINGER_SECONDS)
        return documents

    def _forward(self, documents: list[str]) -> None:
        try:
            answer = self._aws("xray").put_trace_segments(TraceSegmentDocuments=documents)
        except Exception:
            # tracing must never break anything else: the daemon, too, drops what it cannot send
            log.exception("%d trace segments are lost", len(documents))
            return
        for refused in answer.get("UnprocessedTraceSegments", []):
            log.warning("a trace segment was refused: %s", refused)


def _segment(datagram: bytes) -> str | None:
    """Take the segment document out of a datagram; None if it is not a JSON segment."""
    header, newline, document = datagram.partition(b"\n")
    if not newline:
        return None
    try:
        if json.loads(header).get("format") != "json" or not isinstance(json.loads(document), dict):
            return None
    except (ValueError, AttributeError):
        return None
    return document.decode()
