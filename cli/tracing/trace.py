"""One trace: its segments put together by what each says of its parent. Pure.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class TraceHop:
    """A piece of work; `start` and `end` are seconds since the epoch, `end` None while it goes on.

    A segment is what a service says of a request, a subsegment a part of that. `trouble` is `fault` (5xx, or
    an exception), `error` (4xx), `throttle`, or empty.
    """

    id: str
    name: str
    parent: str | None
    segment: bool
    start: float
    end: float | None
    namespace: str = "local"
    detail: str = ""
    trouble: str = ""
    annotations: Mapping[str, Any] = field(default_factory=dict)
    children: list[TraceHop] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it took; 0 while it goes on."""
        return max(0.0, (self.end if self.end is not None else self.start) - self.start)

    def walk(self) -> Iterator[TraceHop]:
        """Itself and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The hops without a known parent, in order of time: one, if everything has arrived."""

    id: str
    roots: tuple[TraceHop, ...]

    @property
    def hops(self) -> tuple[TraceHop, ...]:
        """All of them."""
        return tuple(hop for root in self.roots for hop in root.walk())

    @property
    def start(self) -> float:
        """When the first began."""
        return min(hop.start for hop in self.hops)

    @property
    def seconds(self) -> float:
        """From the first beginning to the last end."""
        return max(hop.start + hop.seconds for hop in self.hops) - self.start

    @property
    def trouble(self) -> str:
        """The trouble of the first hop: what the client was told."""
        return self.roots[0].trouble


def build_trace(trace_id: str, documents: Iterable[Mapping[str, Any]]) -> Trace | None:
    """Put segments together; None for a trace without any.

    Of two documents with the same id the finished one counts: a segment may be sent while it goes on.
    """
    tops: dict[str, TraceHop] = {}
    for document in documents:
        hop = _hop(document, segment=document.get("type") != "subsegment", parent=document.get("parent_id"))
        known = tops.get(hop.id)
        if known is None or known.end is None:
            tops[hop.id] = hop
    places = {hop.id: hop for top in tops.values() for hop in top.walk()}
    roots: list[TraceHop] = []
    for top in sorted(tops.values(), key=lambda hop: hop.start):
        parent = places.get(top.parent or "")
        (parent.children if parent is not None and parent is not top else roots).append(top)
    if not roots:
        return None
    for hop in places.values():
        hop.children.sort(key=lambda child: child.start)
    return Trace(id=trace_id, roots=tuple(roots))


def _hop(document: Mapping[str, Any], *, segment: bool, parent: str | None) -> TraceHop:
    own = str(document["id"])
    return TraceHop(
        id=own,
        name=str(document.get("name", "")),
        parent=parent,
        segment=segment,
        start=float(document["start_time"]),
        end=float(document["end_time"]) if document.get("end_time") is not None else None,
        namespace=str(document.get("namespace", "local")),
        detail=_detail(document),
        trouble=next((word for word in ("fault", "throttle", "error") if document.get(word)), ""),
        annotations=document.get("annotations") or {},
        children=[_hop(part, segment=False, parent=own) for part in document.get("subsegments") or ()],
    )


def _detail(document: Mapping[str, Any]) -> str:
    http = document.get("http") or {}
    request, response = http.get("request") or {}, http.get("response") or {}
    aws = document.get("aws") or {}
    parts = (
        request.get("method"),
        request.get("url"),
        response.get("status"),
        aws.get("operation"),
        aws.get("table_name"),
    )
    return " ".join(str(part) for part in parts if part)
