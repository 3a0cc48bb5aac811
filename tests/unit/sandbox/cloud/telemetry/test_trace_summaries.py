"""What X-Ray says of a trace as a whole. OBS-4"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from moto import mock_aws
from moto.xray.models import SegmentCollection

from sandbox.cloud.telemetry import trace_summaries
from sandbox.cloud.telemetry.trace_summaries import summarize
from tests.support.cloudwatch.emulated import client
from tests.support.cloudwatch.traces import TRACE, dispatch, part, segment


def test_a_summary_speaks_of_the_entry_and_of_the_whole() -> None:
    """Response time and trouble are the first segment's, the duration is all of it."""
    found = summarize(TRACE, [*dispatch(), segment("e", "later", 100.4, 101.0, parent="b1", throttle=True)])
    assert (found["ResponseTime"], found["Duration"]) == (0.5, 1.0)
    assert (found["HasFault"], found["HasError"], found["HasThrottle"]) == (False, False, False)
    assert found["Http"] == {"HttpURL": "/ask", "HttpMethod": "POST", "HttpStatus": 200}
    assert found["Annotations"] == {
        "correlation_id": [{"AnnotationValue": {"StringValue": "c"}, "ServiceIds": []}]
    }
    assert [one["Name"] for one in found["ServiceIds"]] == ["web", "orbit", "axon", "later"]
    assert found["IsPartial"] is False


def test_parts_alone_and_parts_that_go_on() -> None:
    """A function's own segment may not be there; annotations have the type of their value."""
    found = summarize(
        TRACE, [part("a", "s3", 1, 3, annotations={"n": 1, "b": True}), segment("b", "x", 2, None)]
    )
    assert (found["ResponseTime"], found["Duration"], found["IsPartial"]) == (0, 2, True)
    assert found["Annotations"]["n"][0]["AnnotationValue"] == {"NumberValue": 1}
    assert found["Annotations"]["b"][0]["AnnotationValue"] == {"BooleanValue": True}


def test_the_emulated_x_ray_says_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through boto3: those that began in the time that is asked about."""
    monkeypatch.setattr(SegmentCollection, "summary", SegmentCollection.summary)
    trace_summaries.install()
    with mock_aws():
        xray = client("xray")
        xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(one) for one in dispatch()])
        times = [(90, 120), (0, 90)]
        found = [
            xray.get_trace_summaries(
                StartTime=datetime.fromtimestamp(start, UTC), EndTime=datetime.fromtimestamp(end, UTC)
            )["TraceSummaries"]
            for start, end in times
        ]
    assert [[one["ResponseTime"] for one in summaries] for summaries in found] == [[0.5], []]
