"""Exports traces with the AWS X-Ray SDK (aws-xray-sdk), over UDP to the daemon at AWS_XRAY_DAEMON_ADDRESS.

The SDK is in maintenance mode since 2026-02-25 and is replaced by replacing this module. It is loaded, and
used, on a thread of its own after the first traced request has been answered: its import takes about 0.2 s
and 16 MB.
"""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from services.runtime.telemetry import logs
from services.runtime.telemetry.tracing import Exporter, NoExporter, Span

log = logs.get_logger()

_MODELS = "aws_xray_sdk.core.models"


def _sdk_sender(address: str) -> Callable[[Span], None]:
    """Loads the SDK; what it returns sends one segment document."""
    emitters = importlib.import_module("aws_xray_sdk.core.emitters.udp_emitter")
    segments = importlib.import_module(f"{_MODELS}.segment")
    subsegments = importlib.import_module(f"{_MODELS}.subsegment")
    emitter = emitters.UDPEmitter(address)

    def send(span: Span) -> None:
        segment = segments.Segment(span.name, span.id, span.trace_id, span.parent_id, span.sampled)
        _fill(segment, segment, span, subsegments.Subsegment)
        emitter.send_entity(segment)

    return send


def _fill(entity: Any, segment: Any, span: Span, make_subsegment: Callable[[str, str, Any], Any]) -> None:
    """Copy `span` and what is inside it into the SDK's `entity`, and close that."""
    entity.id = span.id
    entity.start_time = span.start
    for key, value in span.annotations.items():
        entity.put_annotation(key, value)
    for name, what in (("method", span.method), ("url", span.url), ("status", span.status)):
        entity.put_http_meta(name, what)
    if span.failed:
        entity.add_fault_flag()
    for child in span.children:
        inside = make_subsegment(child.name, child.namespace, segment)
        entity.add_subsegment(inside)
        _fill(inside, segment, child, make_subsegment)
    entity.close(span.end or span.start)


class XRayExporter:
    """Sends traces from a queue on a daemon thread.

    When the queue is full, traces are dropped and counted.
    """

    def __init__(
        self,
        address: str,
        *,
        capacity: int = 1000,
        load: Callable[[str], Callable[[Span], None]] = _sdk_sender,
    ) -> None:
        """`address` is `host:port`; `load` makes the sender on the thread."""
        self._address = address
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
                self._thread = threading.Thread(target=self._run, name="xray", daemon=True)
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
            send = self._load(self._address)
        except Exception as error:  # noqa: BLE001 - tracing may be broken in any way; the service goes on
            log.warning("tracing is off", problem=f"{type(error).__name__}: {error}")
            return
        while (span := self._queue.get()) is not None:
            try:
                send(span)
            except Exception as error:  # noqa: BLE001 - as above; one bad trace must not end the others
                log.warning("trace not sent", problem=f"{type(error).__name__}: {error}")


def exporter(address: str | None) -> Exporter:
    """The exporter for the daemon at `address`; without one, traces are dropped."""
    return XRayExporter(address) if address else NoExporter()
