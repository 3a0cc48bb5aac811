"""Segments, put together to a trace. OBS-4"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from cli.tracing.trace import Trace, TraceHop, build_trace
from tests.support.cloudwatch.traces import TRACE, dispatch, part, segment


def _tree(hops: Iterable[TraceHop]) -> list[object]:
    return [[hop.name, *_tree(hop.children)] for hop in hops]


def _built(*documents: dict[str, object]) -> Trace:
    found = build_trace(TRACE, documents)
    assert found is not None
    return found


@given(st.permutations(dispatch()))
def test_a_dispatch_through_three_services_is_one_trace(documents: list[dict[str, object]]) -> None:
    """OBS-4: from the entry to the last callee, with decision and store, in whatever order they come."""
    trace = _built(*documents)
    assert _tree(trace.roots) == [
        ["web",
         ["decide", ["governance", ["## answered", ["dynamodb"]]]],
         ["orbit", ["orbit", ["axon", ["axon"]]]]]
    ]  # fmt: skip
    assert (trace.start, round(trace.seconds, 3), trace.trouble) == (100.0, 0.5, "")
    assert [hop.trouble for hop in trace.hops if hop.name == "axon"] == ["", "fault"]
    assert [hop.detail for hop in trace.hops if hop.detail] == ["POST /ask 200", "GetItem policies"]


def test_what_has_no_known_parent_stands_beside() -> None:
    """Nothing that has arrived is left out; nothing at all is no trace."""
    trace = _built(segment("a", "late", 2, 3, parent="gone"), segment("b", "first", 1, 2))
    assert [(root.name, root.parent) for root in trace.roots] == [("first", None), ("late", "gone")]
    assert build_trace(TRACE, []) is None


def test_the_finished_document_of_a_hop_counts() -> None:
    """A segment may be sent while it goes on, and again when it has ended."""
    running, ended = segment("a", "slow", 1, None), segment("a", "slow", 1, 4, error=True)
    for documents in ([running, ended], [ended, running]):
        trace = _built(*documents)
        assert (trace.seconds, trace.trouble, len(trace.hops)) == (3, "error", 1)
    assert _built(running).seconds == 0


def test_a_hop_that_says_it_is_its_own_parent_is_shown() -> None:
    """A document may say anything; it makes no circle."""
    assert _tree(_built(part("a", "odd", 1, 2, parent="a")).roots) == [["odd"]]
