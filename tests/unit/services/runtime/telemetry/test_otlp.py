"""Traces as OTLP over HTTP, at a real receiver on loopback. OBS-4"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from services.runtime.telemetry import otlp
from services.runtime.telemetry.tracing import Tracer
from tests.support.services.doubles import Lines

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
CAME = f"Root={TRACE};Parent={'a' * 16};Sampled=1"


class Collector(HTTPServer):
    """Keeps what it is sent; answers `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.status = 200
        self.requests: list[tuple[str, ExportTraceServiceRequest]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> dict[str, OtlpSpan]:
        return {
            span.name: span
            for _, request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.requests.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def traced(url: str) -> None:
    """One request with a call inside, whose end is waited for."""
    exporter = otlp.exporter(url, service="orbit", environment="dev", version="1.2")
    tracer = Tracer(service="orbit", exporter=exporter)
    with tracer.segment(CAME, method="POST", url="/dispatch") as segment:
        segment.annotate(correlation_id="c-1", allowed=True)
        segment.status = 502
        with tracer.subsegment("call"), tracer.subsegment("axon", namespace="remote") as remote:
            remote.method, remote.url, remote.status = "POST", "http://axon:8081/reason", 200
    # it loads the SDK first
    exporter.close(timeout_seconds=20)


def test_a_trace_arrives_with_all_that_is_in_it(collector: Collector, lines: Lines) -> None:
    """Ids in W3C's spelling, parents, kinds, times, status and annotations; who sent it is the resource."""
    traced(f"{collector.url}/")
    [(path, request)] = collector.requests
    assert path == "/v1/traces"
    [resource] = request.resource_spans
    said = {item.key: item.value.string_value for item in resource.resource.attributes}
    assert said == {"service.name": "orbit", "service.version": "1.2", "deployment.environment.name": "dev"}
    spans = collector.spans()
    orbit, call, axon = spans["orbit"], spans["call"], spans["axon"]
    assert {span.trace_id.hex() for span in spans.values()} == {"5759e988bd862e3fe1be46a994272793"}
    parents = [span.parent_span_id for span in (orbit, call, axon)]
    assert parents == [bytes.fromhex("a" * 16), orbit.span_id, call.span_id]
    kinds = [span.kind for span in (orbit, call, axon)]
    assert kinds == [OtlpSpan.SPAN_KIND_SERVER, OtlpSpan.SPAN_KIND_INTERNAL, OtlpSpan.SPAN_KIND_CLIENT]
    assert (orbit.status.code, axon.status.code) == (Status.STATUS_CODE_ERROR, Status.STATUS_CODE_UNSET)
    assert 0 < orbit.start_time_unix_nano <= axon.start_time_unix_nano
    assert axon.end_time_unix_nano <= orbit.end_time_unix_nano
    attributes = {item.key: item.value for item in orbit.attributes}
    assert attributes["correlation_id"].string_value == "c-1"
    assert attributes["http.response.status_code"].int_value == 502
    assert attributes["allowed"].bool_value


def test_a_collector_that_refuses_is_only_logged(collector: Collector, lines: Lines) -> None:
    """The trace is lost, and the service goes on. OBS-4"""
    collector.status = 400
    traced(collector.url)
    assert (
        lines.named("trace not sent")["problem"]
        == f"ConnectionError: {collector.url}/v1/traces did not take it"
    )
