"""CloudWatch's calls about metrics, through AWS's API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.metrics.moto_metrics import MAX_PERIODS
from tests.support.cloudwatch.emulated import emulated_cloudwatch

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
END = datetime(2026, 1, 1, 12, 10, tzinfo=UTC)
DIMENSIONS = [{"Name": "d", "Value": "v"}]


def _at(minute: int) -> datetime:
    return START.replace(minute=minute)


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with emulated_cloudwatch() as made:
        data = [
            {"MetricName": "m", "Dimensions": DIMENSIONS, "Timestamp": _at(1), "Value": 3, "Unit": "Count"},
            {
                "MetricName": "m",
                "Dimensions": DIMENSIONS,
                "Timestamp": _at(1),
                "Values": [1, 2],
                "Counts": [2, 1],
            },
            {
                "MetricName": "m",
                "Dimensions": DIMENSIONS,
                "Timestamp": _at(6),
                "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6},
            },
            {"MetricName": "other", "Timestamp": _at(1), "Value": 7},
        ]
        made.put_metric_data(Namespace="n", MetricData=data)
        yield made


def _query(name: str, metric: str, statistic: str, **more: Any) -> dict[str, Any]:
    dimensions = DIMENSIONS if metric == "m" else []
    named = {"Namespace": "n", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": named, "Period": 300, "Stat": statistic}, **more}


def test_data_come_back_by_period_and_expressions_over_them(cloudwatch: Any) -> None:
    """The newest first unless asked otherwise; gaps are left out."""
    found = cloudwatch.get_metric_data(
        StartTime=START,
        EndTime=END,
        ScanBy="TimestampAscending",
        MetricDataQueries=[
            _query("a", "m", "Sum", ReturnData=False),
            _query("b", "other", "Maximum"),
            _query("c", "m", "p99", Label="slow"),
            {"Id": "x", "Expression": "a * 2 + FILL(b, 0)"},
        ],
    )["MetricDataResults"]
    assert {one["Id"]: one["Values"] for one in found} == {
        "b": [7],
        "c": [pytest.approx(3, rel=0.01), pytest.approx(5, rel=0.01)],
        "x": [21, 20],
    }
    assert found[1]["Label"] == "slow"
    assert found[2]["Timestamps"] == [START, _at(5)]
    newest = cloudwatch.get_metric_data(
        StartTime=START, EndTime=END, MetricDataQueries=[_query("a", "m", "Sum")]
    )["MetricDataResults"][0]
    assert newest["Values"] == [10, 7]


def test_a_period_begins_where_the_question_does_rounded_to_a_minute(cloudwatch: Any) -> None:
    """So one as long as the question is the whole of it."""
    [found] = cloudwatch.get_metric_data(
        StartTime=_at(1), EndTime=_at(6), MetricDataQueries=[_query("a", "m", "SampleCount")]
    )["MetricDataResults"]
    assert found["Timestamps"] == [_at(1)]


def test_statistics_come_back_with_their_unit(cloudwatch: Any) -> None:
    """Percentiles, too, which moto does not know."""
    (first, second) = cloudwatch.get_metric_statistics(
        Namespace="n",
        MetricName="m",
        Dimensions=DIMENSIONS,
        StartTime=START,
        EndTime=END,
        Period=300,
        Statistics=["Sum", "SampleCount", "Average", "Minimum", "Maximum"],
        ExtendedStatistics=["p50"],
    )["Datapoints"]
    assert (first["Sum"], first["SampleCount"], first["Minimum"], first["Maximum"]) == (7, 4, 1, 3)
    assert first["ExtendedStatistics"]["p50"] == pytest.approx(1, rel=0.01)
    assert (second["Average"], second["Timestamp"]) == (5, _at(5))


def test_metrics_are_listed_by_what_they_are(cloudwatch: Any) -> None:
    """By namespace, name, and dimensions with or without a value."""

    def names(**given: Any) -> list[str]:
        return [one["MetricName"] for one in cloudwatch.list_metrics(**given)["Metrics"]]

    assert names() == names(Namespace="n") == ["m", "other"]
    assert names(Dimensions=[{"Name": "d"}]) == names(Dimensions=DIMENSIONS) == ["m"]
    assert names(MetricName="other", Dimensions=[{"Name": "d"}]) == names(Namespace="x") == []


@pytest.mark.parametrize(
    ("call", "given", "said"),
    [
        ("get_metric_data", {"MetricDataQueries": [_query("a", "m", "tm99")]}, "no statistic `tm99`"),
        (
            "get_metric_data",
            {"MetricDataQueries": [{"Id": "a", "Expression": "SEARCH('x', 'y')"}]},
            "not evaluate",
        ),
        ("get_metric_data", {"MetricDataQueries": [{"Id": "a", "Expression": "b + 1"}]}, "names no query"),
        ("get_metric_data", {"StartTime": END, "EndTime": START, "MetricDataQueries": []}, "EndTime"),
        ("get_metric_statistics", {"Namespace": "n", "MetricName": "m", "Period": 60}, "Must specify"),
        (
            "get_metric_statistics",
            {
                "Namespace": "n",
                "MetricName": "m",
                "Period": 60,
                "Statistics": ["Sum"],
                "StartTime": END,
                "EndTime": START,
            },
            "StartTime",
        ),
        (
            "get_metric_statistics",
            {
                "Namespace": "n",
                "MetricName": "m",
                "Period": 1,
                "Statistics": ["Sum"],
                "StartTime": datetime(2020, 1, 1, tzinfo=UTC),
            },
            f"more than {MAX_PERIODS} datapoints",
        ),
    ],
)
def test_mistakes_are_refused(cloudwatch: Any, call: str, given: dict[str, Any], said: str) -> None:
    """A wrong number would not be seen as one."""
    with pytest.raises(ClientError, match=said):
        getattr(cloudwatch, call)(**{"StartTime": START, "EndTime": END, **given})


def test_a_datum_without_a_number_is_refused(cloudwatch: Any) -> None:
    """moto's own check of PutMetricData holds."""
    with pytest.raises(ClientError):
        cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": float("nan")}])
