"""Traces on their way out: no request waits for them, or fails with them. OBS-4"""

from __future__ import annotations

import threading
from typing import Any

from services.runtime.telemetry.exporting import QueuedExporter
from services.runtime.telemetry.tracing import Span
from tests.support.services.doubles import Lines

TRACE = "1-5759e988-bd862e3fe1be46a994272793"


def span(name: str = "orbit") -> Span:
    return Span(
        name=name, id="0" * 16, trace_id=TRACE, parent_id=None, sampled=True, start=1.0, end=2.0, status=200
    )


def test_a_tracing_sdk_that_fails_is_only_logged(lines: Lines) -> None:
    """Neither a load nor a send that fails reaches a request (OBS-4)."""

    def broken() -> Any:
        raise ImportError("no such module")

    exporter = QueuedExporter(broken)
    exporter.export(span())
    exporter.close()
    assert lines.named("tracing is off")["problem"] == "ImportError: no such module"

    sent: list[str] = []

    def send(each: Span) -> None:
        if each.name == "bad":
            raise RuntimeError("odd")
        sent.append(each.name)

    exporter = QueuedExporter(lambda: send)
    exporter.export(span("bad"))
    exporter.export(span("good"))
    exporter.close()
    assert lines.named("trace not sent")["problem"] == "RuntimeError: odd"
    assert sent == ["good"]


def test_a_stalled_exporter_drops_instead_of_blocking() -> None:
    """A full queue drops traces and counts them; closing waits for a bounded time."""
    entered, gate = threading.Event(), threading.Event()

    def send(_: Span) -> None:
        entered.set()
        gate.wait(10)

    exporter = QueuedExporter(lambda: send, capacity=1)
    exporter.export(span())
    assert entered.wait(5)
    exporter.export(span())
    exporter.export(span())
    assert exporter.dropped == 1
    exporter.close(timeout_seconds=0.05)
    gate.set()
    QueuedExporter(lambda: send).close()
