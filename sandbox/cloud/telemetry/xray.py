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

from sandbox.cloud.access.peers import Address, is_own_sender

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
MAX_DATAGRAM = 65_535
LINGER_SECONDS = 0.05
"""How long the first segment of a batch waits for others."""

ADMITTED_SECONDS = 0.5
"""How long a sender is believed to be this user's."""

BUFFER_BYTES = 2 * 1024 * 1024
"""What the system keeps of segments that were not received yet; more are lost, as with the daemon."""

Store = Callable[[Sequence[str]], None]
"""Keeps segment documents."""


class XRayReceiver:
    """Listens on a UDP port of the loopback interface; `address` is the value of AWS_XRAY_DAEMON_ADDRESS."""

    def __init__(
        self,
        store: Store,
        *,
        port: int = 0,
        sleep: Callable[[float], None] = time.sleep,
        admits: Callable[[Address], bool] = is_own_sender,
    ) -> None:
        """Bind the port (0: a free one); segments of senders that `admits` lets in go to `store`."""
        self._admits = admits
        self._admitted: dict[Address, float] = {}
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
        datagram, sender = self._socket.recvfrom(MAX_DATAGRAM)
        # before the others are waited for: who has sent its last segments may be gone by then
        found = [datagram] if self._admit(sender) else []
        self._sleep(0 if self._stopping.is_set() else LINGER_SECONDS)
        with contextlib.suppress(BlockingIOError):
            while True:
                datagram, sender = self._socket.recvfrom(MAX_DATAGRAM, socket.MSG_DONTWAIT)
                if self._admit(sender):
                    found.append(datagram)
        return found

    def _admit(self, sender: Address) -> bool:
        """Whether a sender is this user's; one that was is believed for a moment, as asking costs."""
        now = time.monotonic()
        if now - self._admitted.get(sender, -ADMITTED_SECONDS) < ADMITTED_SECONDS:
            return True
        self._admitted = {who: at for who, at in self._admitted.items() if now - at < ADMITTED_SECONDS}
        if self._admits(sender):
            self._admitted[sender] = now
            return True
        log.warning("a trace segment of another user, or of a port that is closed, was refused")
        return False

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
