"""Sends traces on a thread of its own, so that no request waits for a tracing SDK, or fails with it.

The SDK is loaded there, too, after the first traced request has been answered: its import takes longer than
a request.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from services.runtime.telemetry import logs
from services.runtime.telemetry.tracing import Span

log = logs.get_logger()

Send = Callable[[Span], None]


class QueuedExporter:
    """Sends traces from a queue on a daemon thread.

    When the queue is full, traces are dropped and counted.
    """

    def __init__(self, load: Callable[[], Send], *, capacity: int = 1000) -> None:
        """`load` makes the sender on the thread."""
        self._load = load
        self._queue: queue.Queue[Span | None] = queue.Queue(capacity)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def export(self, span: Span) -> None:
        """Queue `span`; never blocks."""
        try:
            self._queue.put_nowait(span)
        except queue.Full:
            self.dropped += 1
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
                self._thread.start()

    def close(self, timeout_seconds: float = 2.0) -> None:
        """Send what is queued, for at most `timeout_seconds`."""
        if self._thread is None:
            return
        try:
            self._queue.put(None, timeout=timeout_seconds)
        except queue.Full:
            return
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            send = self._load()
        except Exception as error:  # noqa: BLE001 - tracing may be broken in any way; the service goes on
            log.warning("tracing is off", problem=f"{type(error).__name__}: {error}")
            return
        while (span := self._queue.get()) is not None:
            try:
                send(span)
            except Exception as error:  # noqa: BLE001 - as above; one bad trace must not end the others
                log.warning("trace not sent", problem=f"{type(error).__name__}: {error}")
