"""Who called whom, from traces. OBS-4"""

from __future__ import annotations

from cli.tracing.service_map import map_document, map_lines, service_map
from cli.tracing.trace import build_trace
from tests.support.cloudwatch.traces import TRACE, dispatch, part, segment


def test_calls_are_counted_once_and_by_who_made_them() -> None:
    """OBS-4: a call and the segment below it are one call; a function's calls are its own."""
    traces = [trace for trace in [build_trace(TRACE, dispatch())] * 2 if trace]
    edges = service_map(traces)
    assert [(edge.caller, edge.callee, edge.kind, len(edge.seconds)) for edge in edges] == [
        ("client", "web", "remote", 2),
        ("governance", "dynamodb", "aws", 2),
        ("orbit", "axon", "remote", 2),
        ("web", "governance", "aws", 2),
        ("web", "orbit", "remote", 2),
    ]
    lines = list(map_lines(edges, 2))
    assert lines[:2] == ["client", "  -> web                 2 calls, 500.0 ms median"]
    assert lines[-1] == "from 2 traces"


def test_failed_calls_are_counted() -> None:
    """As the caller saw them."""
    call = part("b", "axon", 0, 1, namespace="remote", fault=True)
    trace = build_trace(TRACE, [segment("a", "orbit", 0, 1, parent="lost", subsegments=[call])])
    assert trace is not None
    edges = service_map([trace])
    assert "1 failed" in list(map_lines(edges, 1))[1]
    assert map_document(edges, 1) == {
        "traces": 1,
        "edges": [
            {"caller": "orbit", "callee": "axon", "kind": "remote", "calls": 1, "faults": 1,
             "median_seconds": 1.0}
        ],
    }  # fmt: skip
