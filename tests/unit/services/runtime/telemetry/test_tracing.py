from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.telemetry import xray
from services.runtime.telemetry.tracing import (
    NoExporter,
    Span,
    TraceContext,
    Tracer,
    current_span,
    read_header,
    subsegment,
)
from tests.support.services.doubles import Clock

TRACE = "1-5759e988-bd862e3fe1be46a994272793"


@dataclass
class Collected:
    spans: list[Span] = field(default_factory=list)
    closed: bool = False

    def export(self, span: Span) -> None:
        self.spans.append(span)

    def close(self) -> None:
        self.closed = True


def test_a_request_is_a_segment_with_what_it_did_inside(clock: Clock) -> None:
    """Segments and subsegments nest, with times, ids and annotations (OBS-4)."""
    collected = Collected()
    tracer = Tracer(service="orbit", exporter=collected, epoch_seconds=clock)

    with tracer.segment(
        f"Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1", method="POST", url="/dispatch"
    ) as span:
        span.annotate(correlation_id="abc", missing=None)
        clock.now += 1
        with tracer.subsegment("axon", namespace="remote") as child:
            assert current_span() is child
            clock.now += 2
    tracer.close()

    assert collected.spans == [span]
    assert (span.name, span.trace_id, span.parent_id) == ("orbit", TRACE, "53995c3f42cd8ad8")
    assert (span.start, span.end) == (1000.0, 1003.0)
    assert span.annotations == {"correlation_id": "abc"}
    assert span.children == [child]
    assert (child.start, child.end, child.parent_id, child.namespace) == (1001.0, 1003.0, span.id, "remote")
    assert child.header() == f"Root={TRACE};Parent={child.id};Sampled=1"
    assert collected.closed


def test_failures_are_marked_and_go_on() -> None:
    """An exception marks its spans and is not swallowed."""
    tracer = Tracer(service="orbit", exporter=NoExporter())
    spans: list[Span] = []

    def fail() -> None:
        with tracer.segment(None, method="GET", url="/") as outer:
            spans.append(outer)
            with tracer.subsegment("inner") as inner:
                spans.append(inner)
                raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        fail()
    assert [span.failed for span in spans] == [True, True]
    assert current_span() is None


@pytest.mark.parametrize(
    ("header", "chance", "sampled"),
    [("Sampled=1", 0.99, True), ("Sampled=0", 0.0, False), (None, 0.2, True), ("Sampled=?", 0.8, False)],
)
def test_the_callers_decision_to_sample_counts(header: str | None, chance: float, sampled: bool) -> None:
    """The incoming decision counts; without one the rate decides."""
    collected = Collected()
    tracer = Tracer(service="orbit", exporter=collected, sample_rate=0.5, chance=lambda: chance)

    with tracer.segment(header, method="GET", url="/") as span:
        pass

    assert (span.sampled, len(collected.spans)) == (sampled, int(sampled))


def test_a_subsegment_needs_no_tracer() -> None:
    """Inside a request, work of any module has its place; its length is of the clock that it was given."""
    tracer = Tracer(service="orbit", exporter=NoExporter())
    with (
        tracer.segment(None, method="GET", url="/") as outer,
        subsegment("verify", epoch_seconds=lambda: 7.0) as span,
    ):
        pass
    assert (outer.children, span.parent_id, span.trace_id) == ([span], outer.id, outer.trace_id)
    assert (span.start, span.end) == (7.0, 7.0)


def test_outside_of_a_request_nothing_is_recorded() -> None:
    """Work outside of a request has a span that goes nowhere."""
    tracer = Tracer(service="orbit", exporter=Collected())
    with tracer.subsegment("warm-up") as span:
        assert span.sampled is False


def test_concurrent_requests_do_not_mix() -> None:
    """Each task has its own current span (OBS-4)."""
    tracer = Tracer(service="orbit", exporter=NoExporter())

    async def request(name: str) -> list[str]:
        with tracer.segment(None, method="GET", url=name) as span:
            for number in range(3):
                with tracer.subsegment(f"{name}-{number}"):
                    await asyncio.sleep(0)
        return [child.name for child in span.children]

    async def run() -> list[list[str]]:
        return await asyncio.gather(*(request(name) for name in "ab"))

    assert asyncio.run(run()) == [["a-0", "a-1", "a-2"], ["b-0", "b-1", "b-2"]]


@given(st.text(max_size=600) | st.none())
def test_no_header_breaks_a_request(header: str | None) -> None:
    """Any tracing header is read as far as it makes sense."""
    found = read_header(header)
    assert found.sampled in (True, False, None)


def test_the_load_balancers_header_is_understood() -> None:
    """Self is left out, as the X-Ray SDK does."""
    header = f"Self=1-67891234-12456789abcdef012345678;Root={TRACE};Sampled=0"
    assert read_header(header) == TraceContext(trace_id=TRACE, parent_id=None, sampled=False)
    assert read_header("Root=nonsense;Parent=zz") == TraceContext()


def span(name: str = "orbit") -> Span:
    return Span(
        name=name, id="0" * 16, trace_id=TRACE, parent_id=None, sampled=True, start=1.0, end=2.0, status=200
    )


def test_segments_reach_the_daemon_as_the_sdk_writes_them() -> None:
    """The X-Ray SDK sends a segment document over UDP to the daemon's address (OBS-4)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(10)
        exporter = xray.exporter(f"127.0.0.1:{daemon.getsockname()[1]}")
        sent = span()
        sent.annotations["correlation_id"] = "abc"
        sent.method, sent.url, sent.status = "POST", "/dispatch", 502
        sent.children.append(
            Span(
                name="axon",
                id="1" * 16,
                trace_id=TRACE,
                parent_id="0" * 16,
                sampled=True,
                start=1.2,
                end=1.8,
                namespace="remote",
                failed=True,
            )
        )
        exporter.export(sent)
        header, _, document = daemon.recv(65_536).partition(b"\n")
        exporter.close()

    assert json.loads(header) == {"format": "json", "version": 1}
    segment = json.loads(document)
    assert (segment["name"], segment["trace_id"], segment["id"]) == ("orbit", TRACE, "0" * 16)
    assert (segment["start_time"], segment["end_time"], segment["in_progress"]) == (1.0, 2.0, False)
    assert segment["annotations"] == {"correlation_id": "abc"}
    assert segment["http"] == {
        "request": {"method": "POST", "url": "/dispatch"},
        "response": {"status": 502},
    }
    assert segment["fault"] is True
    (inside,) = segment["subsegments"]
    assert (inside["name"], inside["namespace"], inside["fault"]) == ("axon", "remote", True)
    assert (inside["start_time"], inside["end_time"], inside["parent_id"]) == (1.2, 1.8, "0" * 16)


def test_without_a_daemon_nothing_is_sent() -> None:
    """No address: no SDK, no thread."""
    exporter = xray.exporter(None)
    assert isinstance(exporter, NoExporter)
    exporter.export(span())
    exporter.close()
