"""A trace as a waterfall: who worked when, and what nobody recorded. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cli.terminal.styling import style
from cli.tracing.trace import Trace, TraceHop

WIDTH = 32
"""Characters of the row of time."""
GAP_SECONDS = 0.001
"""Shorter gaps are left out: clocks of two machines differ by more."""
_COLOURS = {"fault": "red", "throttle": "yellow", "error": "yellow"}


def waterfall(trace: Trace) -> Iterator[str]:
    """The trace as lines."""
    began = datetime.fromtimestamp(trace.start, UTC).isoformat(timespec="milliseconds")
    yield f"trace {trace.id}  {_ms(trace.seconds)}  {began}  {trace.trouble or 'ok'}"
    width = max(len(_label(hop, depth)) for hop, depth in _deep(trace))
    for hop, depth in _deep(trace):
        bar = _bar(hop, trace)
        text = f"{_label(hop, depth):{width}}  {bar}  {_ms(hop.seconds):>10}  {_said(hop)}".rstrip()
        yield style(text, fg=_COLOURS[hop.trouble]) if hop.trouble else text
        gap = explain_gap(hop)
        if gap:
            yield f"{'  ' * (depth + 1)}. {gap}"
    yield from _outside(trace)


def explain_gap(hop: TraceHop) -> str:
    """What of a hop no other one accounts for, and why; empty where there is nothing to explain."""
    if hop.end is None:
        return "it has not ended, or its end has not arrived"
    if hop.namespace == "local":
        return ""
    inside = [child for child in hop.children if child.segment or child.namespace == "local"]
    if not inside:
        return "nothing of the service that was called: it is not traced, or its part is lost" * (
            hop.namespace == "remote"
        )
    # the part of the longest child: a call that is tried again has several
    way = hop.seconds - sum(child.seconds for child in inside)
    if way < GAP_SECONDS:
        return ""
    if hop.namespace == "remote":
        return f"{_ms(way)} on the way: network, connection, and what waited at the service"
    return f"{_ms(way)} on the way: network, and the start of the function where it was not running"


def _outside(trace: Trace) -> Iterator[str]:
    if trace.roots[0].parent is None:
        yield ". before it: the load balancer makes the trace's id, and records no time, as AWS's"
    orphans = Counter(root.parent for root in trace.roots if root.parent is not None)
    for parent, count in orphans.items():
        yield f". {parent}, which {count} of these belong below, has not arrived, or is not traced"


def _deep(trace: Trace) -> Iterator[tuple[TraceHop, int]]:
    waiting = [(root, 0) for root in reversed(trace.roots)]
    while waiting:
        hop, depth = waiting.pop()
        yield hop, depth
        waiting.extend((child, depth + 1) for child in reversed(hop.children))


def _label(hop: TraceHop, depth: int) -> str:
    return f"{'  ' * depth}{hop.name}"


def _bar(hop: TraceHop, trace: Trace) -> str:
    whole = trace.seconds or 1.0
    first = min(WIDTH - 1, int((hop.start - trace.start) / whole * WIDTH))
    length = max(1, min(WIDTH - first, round(hop.seconds / whole * WIDTH)))
    return f"{' ' * first}{'█' * length}".ljust(WIDTH)


def _said(hop: TraceHop) -> str:
    notes = [f"{name}={value}" for name, value in sorted(hop.annotations.items())]
    return " ".join(part for part in (hop.trouble, hop.detail, *notes) if part)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


def trace_document(trace: Trace) -> dict[str, Any]:
    """The trace as a JSON value."""
    return {
        "id": trace.id,
        "start": trace.start,
        "seconds": trace.seconds,
        "trouble": trace.trouble or None,
        "hops": [
            {
                "id": hop.id,
                "parent": hop.parent,
                "name": hop.name,
                "segment": hop.segment,
                "namespace": hop.namespace,
                "start": hop.start,
                "seconds": hop.seconds,
                "ended": hop.end is not None,
                "trouble": hop.trouble or None,
                "detail": hop.detail,
                "annotations": dict(hop.annotations),
                "gap": explain_gap(hop) or None,
            }
            for hop in trace.hops
        ],
    }
