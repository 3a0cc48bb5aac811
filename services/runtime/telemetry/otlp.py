"""Exports traces with the OpenTelemetry SDK, as OTLP over HTTP to a collector.

Ids are X-Ray's, in W3C's spelling: the trace `1-5759e988-bd862e3fe1be46a994272793` is
`5759e988bd862e3fe1be46a994272793`, so that spans of other programs in the same trace find it.
https://opentelemetry.io/docs/specs/otlp/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from services.runtime.telemetry.exporting import QueuedExporter
from services.runtime.telemetry.tracing import Span

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, Status

TIMEOUT_SECONDS = 2.0
PATH = "/v1/traces"


def exporter(endpoint: str, *, service: str, environment: str, version: str) -> QueuedExporter:
    """The exporter for the collector at `endpoint`, a URL without the path of traces."""
    attributes = {
        "service.name": service,
        "service.version": version,
        "deployment.environment.name": environment,
    }
    return QueuedExporter(partial(_sdk_sender, f"{endpoint.rstrip('/')}{PATH}", attributes))


def _sdk_sender(url: str, attributes: dict[str, str]) -> Callable[[Span], None]:
    """Loads the SDK; what it returns sends one trace's spans."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - on the thread
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: PLC0415 - as above

    resource = Resource(attributes)
    sending = OTLPSpanExporter(endpoint=url, timeout=TIMEOUT_SECONDS)

    def send(span: Span) -> None:
        if sending.export(list(readable(span, resource))) is not SpanExportResult.SUCCESS:
            raise ConnectionError(f"{url} did not take it")

    return send


def readable(span: Span, resource: Resource) -> Iterator[ReadableSpan]:
    """A span and those inside it, as the SDK has them."""
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415 - the SDK is loaded when it is used
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - as above

    kinds = {"local": SpanKind.INTERNAL, "remote": SpanKind.CLIENT, "aws": SpanKind.CLIENT}
    outermost = span.method is not None and span.namespace == "local"
    said = {
        "http.request.method": span.method,
        "url.path" if outermost else "url.full": span.url,
        "http.response.status_code": span.status,
    }
    yield ReadableSpan(
        name=span.name,
        context=_context(span.trace_id, span.id, sampled=span.sampled),
        parent=_context(span.trace_id, span.parent_id, sampled=span.sampled, remote=outermost),
        resource=resource,
        attributes={**span.annotations, **{name: value for name, value in said.items() if value is not None}},
        kind=SpanKind.SERVER if outermost else kinds[span.namespace],
        status=_status(failed=span.failed or (span.status or 0) >= 500),
        start_time=int(span.start * 1e9),
        end_time=int((span.end or span.start) * 1e9),
    )
    for child in span.children:
        yield from readable(child, resource)


def _context(
    trace_id: str, span_id: str | None, *, sampled: bool, remote: bool = False
) -> SpanContext | None:
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415 - as above

    if span_id is None:
        return None
    return SpanContext(
        trace_id=int(trace_id.replace("-", "")[1:], 16),
        span_id=int(span_id, 16),
        is_remote=remote,
        trace_flags=TraceFlags(int(sampled)),
    )


def _status(*, failed: bool) -> Status:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - as above

    return Status(StatusCode.ERROR if failed else StatusCode.UNSET)
