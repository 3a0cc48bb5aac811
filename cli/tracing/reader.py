"""Finds and reads traces in X-Ray."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.errors import UsageError
from cli.tracing.trace import Trace, build_trace

TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
MOST_SUMMARIES = 10_000
"""Traces that are looked at to find the slowest."""
_A_CALL = 5
"""Traces that BatchGetTraces answers at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """What X-Ray says of a trace before it is read: seconds, what became of it, and where it came in."""

    id: str
    seconds: float
    fault: bool
    error: bool
    method: str
    url: str
    status: int | None


def read_traces(client: Any, ids: Sequence[str]) -> Iterator[Trace]:
    """The traces of some ids; those that are not there are left out."""
    for first in range(0, len(ids), _A_CALL):
        answer = client.batch_get_traces(TraceIds=list(ids[first : first + _A_CALL]))
        for found in answer["Traces"]:
            documents = [json.loads(segment["Document"]) for segment in found["Segments"]]
            trace = build_trace(str(found["Id"]), documents)
            if trace is not None:
                yield trace


def read_trace(client: Any, trace_id: str) -> Trace:
    """One trace. Raises UsageError if there is none."""
    for trace in read_traces(client, [trace_id]):
        return trace
    raise UsageError(
        f"there is no trace `{trace_id}`",
        hint="it may not have arrived yet, may not have been sampled, or has gone: the oldest go first",
    )


def find_summaries(client: Any, *, now: float, seconds: float) -> tuple[TraceSummary, ...]:
    """What is known of the traces of the last `seconds`, at most MOST_SUMMARIES of them."""
    start, end = datetime.fromtimestamp(now - seconds, UTC), datetime.fromtimestamp(now + 1, UTC)
    pages = client.get_paginator("get_trace_summaries").paginate(StartTime=start, EndTime=end)
    found: list[TraceSummary] = []
    for page in pages:
        found += map(_summary, page["TraceSummaries"])
        if len(found) >= MOST_SUMMARIES:
            break
    return tuple(found[:MOST_SUMMARIES])


def _summary(answer: Any) -> TraceSummary:
    http = answer.get("Http") or {}
    return TraceSummary(
        id=str(answer["Id"]),
        seconds=float(answer.get("ResponseTime") or answer.get("Duration") or 0),
        fault=bool(answer.get("HasFault")),
        error=bool(answer.get("HasError")),
        method=str(http.get("HttpMethod", "")),
        url=str(http.get("HttpURL", "")),
        status=http.get("HttpStatus"),
    )


def chosen(
    summaries: Sequence[TraceSummary], *, slowest: bool, errors: bool, limit: int
) -> tuple[TraceSummary, ...]:
    """The slowest first, or the latest; with `errors` those that failed alone."""
    left = [one for one in summaries if one.fault or one.error] if errors else list(summaries)
    # the id has the second in which the trace began
    left.sort(key=lambda one: one.seconds if slowest else int(one.id.split("-")[1], 16), reverse=True)
    return tuple(left[:limit])
