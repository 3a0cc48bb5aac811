"""Metrics in log lines, as our services write them and as others might."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.metrics.embedded import Datum, embedded_metrics
from sandbox.cloud.metrics.store import metric_key
from services.runtime.telemetry.metrics import Metric, embedded

DIMENSIONS = {"environment": "dev", "service": "orbit"}


def test_what_services_write_is_what_is_measured() -> None:
    """OBS-5: a metric with dimensions of its own has those too; True is 1."""
    line = embedded(
        [
            Metric(name="Requests", value=1),
            Metric(name="Denials", value=True),
            Metric(name="TargetLatency", value=2.5, unit="Milliseconds", dimensions={"target": "axon"}),
        ],
        dimensions=DIMENSIONS,
        timestamp_ms=5000,
    )
    assert embedded_metrics(json.dumps({**line, "message": "m"})) == (
        Datum(key=metric_key("Myelin", "Requests", DIMENSIONS), values=(1.0,), at=5.0, unit="Count"),
        Datum(key=metric_key("Myelin", "Denials", DIMENSIONS), values=(1.0,), at=5.0, unit="Count"),
        Datum(
            key=metric_key("Myelin", "TargetLatency", {**DIMENSIONS, "target": "axon"}),
            values=(2.5,),
            at=5.0,
            unit="Milliseconds",
        ),
    )


def _line(**changes: Any) -> str:
    directive = {"Namespace": "n", "Dimensions": [["d"]], "Metrics": [{"Name": "m"}]} | changes.pop(
        "directive", {}
    )
    head = {"Timestamp": 1000, "CloudWatchMetrics": [directive]} | changes.pop("head", {})
    return json.dumps({"_aws": head, "d": "v", "m": [1, 2]} | changes)


def test_a_metric_may_have_several_values() -> None:
    """And no unit."""
    assert embedded_metrics(_line()) == (
        Datum(key=metric_key("n", "m", {"d": "v"}), values=(1.0, 2.0), at=1.0, unit="None"),
    )


@pytest.mark.parametrize(
    "line",
    [
        "plain text",
        '"_aws"',
        '{"_aws": ',
        '["_aws"]',
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": "now"}}',
        _line(m=True),
        _line(m="1"),
        _line(d=1),
        _line(head={"CloudWatchMetrics": 1}),
        _line(head={"CloudWatchMetrics": [1]}),
        _line(directive={"Namespace": 1}),
        _line(directive={"Dimensions": [["other"]]}),
        _line(directive={"Metrics": [1, {"Name": 2}, {"Name": "o"}]}),
        _line(directive={"Dimensions": [1]}),
    ],
)
def test_other_lines_have_no_metrics(line: str) -> None:
    """CloudWatch keeps the line and extracts nothing."""
    assert embedded_metrics(line) == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["Timestamp", "CloudWatchMetrics", "Namespace", "Dimensions", "Metrics", "Name"]
                ),
                inner,
            )
        ),
    )
)
def test_no_document_breaks_the_reader(head: Any) -> None:
    """Whatever a task writes, the shipper goes on."""
    embedded_metrics(json.dumps({"_aws": head}))
