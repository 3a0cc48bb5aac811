"""Who called whom, how often and how it went, from traces. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cli.tracing.trace import Trace, TraceHop

CLIENT = "client"
"""Whoever a trace begins with."""


@dataclass(slots=True, kw_only=True)
class CallEdge:
    """Calls from one to another; times are seconds, as the caller saw them."""

    caller: str
    callee: str
    kind: str
    """`remote` for a service, `aws` for something of AWS."""
    seconds: list[float] = field(default_factory=list)
    faults: int = 0
    """Calls that ended with 5xx or not at all."""

    @property
    def median(self) -> float:
        """The middle one of its times."""
        return sorted(self.seconds)[len(self.seconds) // 2]


def service_map(traces: Iterable[Trace]) -> tuple[CallEdge, ...]:
    """The calls of some traces, sorted by caller and callee."""
    edges: dict[tuple[str, str], CallEdge] = {}
    for trace in traces:
        for root in trace.roots:
            if root.segment and root.parent is None:
                _count(edges, CLIENT, root, "remote")
            _below(edges, root, root.name)
    return tuple(edges[key] for key in sorted(edges))


def _below(edges: dict[tuple[str, str], CallEdge], hop: TraceHop, caller: str) -> None:
    for child in hop.children:
        if child.segment:
            # what called it has counted the call
            _below(edges, child, child.name)
            continue
        if child.namespace != "local":
            _count(edges, caller, child, child.namespace)
        # a function's own parts are below the call of it
        _below(edges, child, child.name if child.namespace == "aws" else caller)


def _count(edges: dict[tuple[str, str], CallEdge], caller: str, hop: TraceHop, kind: str) -> None:
    edge = edges.setdefault((caller, hop.name), CallEdge(caller=caller, callee=hop.name, kind=kind))
    edge.seconds.append(hop.seconds)
    edge.faults += hop.trouble == "fault"


def map_lines(edges: Iterable[CallEdge], traces: int) -> Iterator[str]:
    """The map as lines: a caller, and below it whom it called."""
    last = ""
    for edge in edges:
        if edge.caller != last:
            yield edge.caller
            last = edge.caller
        faults = f", {edge.faults} failed" if edge.faults else ""
        count = len(edge.seconds)
        yield f"  -> {edge.callee:<14} {count:>6} calls, {1000 * edge.median:.1f} ms median{faults}"
    yield f"from {traces} traces"


def map_document(edges: Iterable[CallEdge], traces: int) -> dict[str, Any]:
    """The map as a JSON value."""
    return {
        "traces": traces,
        "edges": [
            {
                "caller": edge.caller,
                "callee": edge.callee,
                "kind": edge.kind,
                "calls": len(edge.seconds),
                "faults": edge.faults,
                "median_seconds": edge.median,
            }
            for edge in edges
        ],
    }
