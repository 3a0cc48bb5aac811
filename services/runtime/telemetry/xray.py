"""Exports traces with the AWS X-Ray SDK (aws-xray-sdk), over UDP to the daemon at AWS_XRAY_DAEMON_ADDRESS.

The SDK is in maintenance mode since 2026-02-25; `otlp.py`, beside this, takes its place where a setting says
so. Its import takes about 0.2 s and 16 MB.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

from services.runtime.telemetry.exporting import QueuedExporter
from services.runtime.telemetry.tracing import Exporter, NoExporter, Span

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


def exporter(address: str | None) -> Exporter:
    """The exporter for the daemon at `address`; without one, traces are dropped."""
    return QueuedExporter(partial(_sdk_sender, address)) if address else NoExporter()
