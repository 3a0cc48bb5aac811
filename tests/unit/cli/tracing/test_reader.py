"""Traces, found and read. OBS-4"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.errors import UsageError
from cli.tracing import reader
from cli.tracing.reader import chosen, find_summaries, read_trace, read_traces
from tests.support.cloudwatch.traces import TRACE, dispatch


class XRay:
    """Traces by id, and a summary for each of some numbers: its seconds."""

    def __init__(self, seconds: tuple[float, ...] = ()) -> None:
        self.seconds = seconds
        self.asked: list[int] = []

    def batch_get_traces(self, TraceIds: list[str]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.asked.append(len(TraceIds))
        documents = [{"Document": json.dumps(one)} for one in dispatch()]
        return {"Traces": [{"Id": one, "Segments": documents} for one in TraceIds if one == TRACE]}

    def get_paginator(self, _operation: str) -> XRay:
        return self

    def paginate(self, **_given: Any) -> Any:
        for number, seconds in enumerate(self.seconds):
            found = {"Id": f"1-{number:08x}-{'0' * 24}", "ResponseTime": seconds, "HasFault": seconds > 5}
            yield {"TraceSummaries": [{**found, "Http": {"HttpMethod": "GET", "HttpStatus": 200}}]}


def test_traces_are_read_five_at_a_time() -> None:
    """As many as AWS answers; what is not there is left out, and an error where it is asked for."""
    client = XRay()
    assert [trace.id for trace in read_traces(client, ["x"] * 6 + [TRACE])] == [TRACE]
    assert client.asked == [5, 2]
    assert len(read_trace(client, TRACE).hops) == 9
    with pytest.raises(UsageError, match="no trace"):
        read_trace(client, "x")


def test_the_slowest_the_latest_and_those_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """OBS-4: and no more are looked at than the bound says."""
    client = XRay((1.0, 9.0, 3.0))
    found = find_summaries(client, now=1000, seconds=60)
    assert [one.seconds for one in chosen(found, slowest=False, errors=False, limit=2)] == [3, 9]
    assert [one.seconds for one in chosen(found, slowest=True, errors=False, limit=2)] == [9, 3]
    assert [one.seconds for one in chosen(found, slowest=False, errors=True, limit=9)] == [9]
    monkeypatch.setattr(reader, "MOST_SUMMARIES", 2)
    assert len(find_summaries(client, now=1000, seconds=60)) == 2
