"""A trace as a waterfall. OBS-4"""

from __future__ import annotations

import re

import pytest

from cli.terminal.styling import shown
from cli.tracing.trace import Trace, build_trace
from cli.tracing.waterfall import trace_document, waterfall
from tests.support.cloudwatch.traces import TRACE, dispatch, part, segment


def _trace(*documents: dict[str, object]) -> Trace:
    found = build_trace(TRACE, documents)
    assert found is not None
    return found


def _words(trace: Trace) -> list[str]:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", shown(line)) for line in waterfall(trace)]
    return [" ".join(line.replace("█", " ").split()) for line in lines]


def test_every_hop_has_its_line_and_gaps_are_explained() -> None:
    """OBS-4: what nobody recorded is said, with the reason."""
    assert _words(_trace(*dispatch())) == [
        f"trace {TRACE} 500.0 ms 1970-01-01T00:01:40.000+00:00 ok",
        "web 500.0 ms POST /ask 200 correlation_id=c",
        "decide 200.0 ms",
        "governance 200.0 ms",
        ". 100.0 ms on the way: network, and the start of the function where it was not running",
        "## answered 100.0 ms",
        "dynamodb 30.0 ms GetItem policies",
        "orbit 300.0 ms",
        ". 100.0 ms on the way: network, connection, and what waited at the service",
        "orbit 200.0 ms",
        "axon 100.0 ms",
        ". 40.0 ms on the way: network, connection, and what waited at the service",
        "axon 60.0 ms fault",
        ". before it: the load balancer makes the trace's id, and records no time, as AWS's",
    ]


def test_bars_stand_where_the_time_was() -> None:
    """A bar begins after the time before it, and the shortest is still seen."""
    lines = list(waterfall(_trace(segment("a", "a", 0, 10, subsegments=[part("b", "b", 9.9999, 10)]))))
    assert lines[1].count("█") == 32
    assert lines[2].index("█") - lines[1].index("█") == 31


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (segment("a", "a", 0, 1, parent="x"), ". x, which 1 of these belong below, has not arrived"),
        (segment("a", "a", 0, None), ". it has not ended, or its end has not arrived"),
        (segment("a", "a", 0, 1, subsegments=[part("b", "b", 0, 1, namespace="remote")]),
         ". nothing of the service that was called: it is not traced, or its part is lost"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(document: dict[str, object], said: str) -> None:
    """OBS-4: a gap is never just empty."""
    assert any(line.startswith(said) for line in _words(_trace(document)))


def test_the_document_has_every_hop_with_its_gap() -> None:
    """Times in seconds, null where there is nothing to say."""
    document = trace_document(_trace(*dispatch()))
    assert (document["id"], document["trouble"], len(document["hops"])) == (TRACE, None, 9)
    called = next(hop for hop in document["hops"] if hop["id"] == "a4")
    assert (called["namespace"], called["segment"], called["gap"][:8]) == ("remote", False, "100.0 ms")
    assert document["hops"][0]["gap"] is None
