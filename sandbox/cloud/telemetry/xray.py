"""Emulates the X-Ray daemon: receives segments over UDP and stores them in batches.

A datagram is `{"format": "json", "version": 1}`, a newline, and a segment document
(https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon).
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
MAX_DATAGRAM = 65_535
LINGER_SECONDS = 0.05
"""How long the first segment of a batch waits for others."""

BUFFER_BYTES = 2 * 1024 * 1024
"""What the system keeps of segments that were not received yet; more are lost, as with the daemon."""

Store = Callable[[Sequence[str]], None]
"""Keeps segment documents."""


class XRayReceiver:
    """Listens on a UDP port of the loopback interface; `address` is the value of AWS_XRAY_DAEMON_ADDRESS."""

    def __init__(self, store: Store, *, port: int = 0, sleep: Callable[[float], None] = time.sleep) -> None:
        """Bind the port (0: a free one); segments go to `store`."""
        self._store = store
        self._sleep = sleep
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
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
            documents = [found for datagram in self._receive() if (found := _segment(datagram)) is not None]
            if documents:
                self._keep(documents)

    def _receive(self) -> list[bytes]:
        """Wait for a datagram, and take those that come within a moment: waking up costs more."""
        datagrams = [self._socket.recv(MAX_DATAGRAM)]
        self._sleep(0 if self._stopping.is_set() else LINGER_SECONDS)
        with contextlib.suppress(BlockingIOError):
            while True:
                datagrams.append(self._socket.recv(MAX_DATAGRAM, socket.MSG_DONTWAIT))
        return datagrams

    def _keep(self, documents: Sequence[str]) -> None:
        try:
            self._store(documents)
        except Exception:
            # tracing must never break anything else: the daemon, too, drops what it cannot send
            log.exception("%d trace segments are lost", len(documents))


def _segment(datagram: bytes) -> str | None:
    """Take the segment document out of a datagram; None if it has not the daemon's form."""
    header, newline, document = datagram.partition(b"\n")
    if not newline:
        return None
    try:
        return document.decode() if json.loads(header).get("format") == "json" else None
    except (ValueError, AttributeError):
        return None
