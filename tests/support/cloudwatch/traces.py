"""Segment documents for tests: a dispatch through three services, as X-Ray has it."""

from __future__ import annotations

from typing import Any

TRACE = "1-6b0a8716-85a058da39a449b48d1d599e"


def segment(own: str, name: str, start: float, end: float | None, **more: Any) -> dict[str, Any]:
    """A document of a trace; `parent` is the id of another."""
    parent = more.pop("parent", None)
    said = {"parent_id": parent} if parent else {}
    times = {"start_time": start} | ({"end_time": end} if end is not None else {"in_progress": True})
    return {"id": own, "name": name, "trace_id": TRACE, **times, **said, **more}


def part(own: str, name: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    """A subsegment."""
    return segment(own, name, start, end, type="subsegment", **more)


def dispatch() -> list[dict[str, Any]]:
    """web -> orbit -> axon, with a decision for each call, and the store below the first."""
    return [
        segment(
            "a1", "web", 100.0, 100.5,
            http={"request": {"method": "POST", "url": "/ask"}, "response": {"status": 200}},
            annotations={"correlation_id": "c"},
            subsegments=[
                part("a2", "decide", 100.0, 100.2,
                     subsegments=[part("a3", "governance", 100.0, 100.2, namespace="aws")]),
                part("a4", "orbit", 100.2, 100.5, namespace="remote"),
            ],
        ),
        segment("b1", "orbit", 100.25, 100.45, parent="a4", subsegments=[
            part("b2", "axon", 100.3, 100.4, namespace="remote"),
        ]),
        segment("c1", "axon", 100.32, 100.38, parent="b2", fault=True),
        part("d1", "## answered", 100.1, 100.2, parent="a3"),
        part("d2", "dynamodb", 100.12, 100.15, parent="d1", namespace="aws",
             aws={"operation": "GetItem", "table_name": "policies"}),
    ]  # fmt: skip
