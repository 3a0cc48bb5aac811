"""Metrics of services, read from CloudWatch as the sandbox has it. OBS-5"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.observing.metric_lines import metric_lines, metrics_document
from cli.observing.service_metrics import ASKED, ServiceMetrics, read_metrics
from cli.observing.time_window import TimeWindow, window_until
from components.alarms.signals import AWS_SIGNALS, OWN_NAMESPACE, OWN_SIGNALS
from tests.support.cloudwatch.emulated import emulated_cloudwatch

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC).timestamp()
OWN = [{"Name": "environment", "Value": "dev"}, {"Name": "service", "Value": "axon"}]
ECS = [{"Name": "ClusterName", "Value": "dev"}, {"Name": "ServiceName", "Value": "axon"}]


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    """Two minutes of a service: ten requests a minute, one of them failed, one slow; three samples of CPU."""
    with emulated_cloudwatch() as made:
        minutes = [datetime.fromtimestamp(NOW - ago, UTC) for ago in (90, 30)]
        own: list[dict[str, Any]] = []
        for number, minute in enumerate(minutes):
            values = {"Requests": [1] * 10, "RequestErrors": [0] * 9 + [number], "RequestLatency": [10] * 10}
            own += [
                {"MetricName": name, "Dimensions": OWN, "Timestamp": minute, "Values": list(map(float, each))}
                for name, each in values.items()
            ]
        made.put_metric_data(Namespace=OWN_NAMESPACE, MetricData=own)
        cpu = {"MetricName": "CPUUtilization", "Dimensions": ECS, "Timestamp": minutes[0]}
        made.put_metric_data(Namespace="AWS/ECS", MetricData=[{**cpu, "Values": [10.0, 20.0, 60.0]}])
        yield made


def _read(cloudwatch: Any, window: TimeWindow) -> tuple[ServiceMetrics, ...]:
    return read_metrics(cloudwatch, environment="dev", services=["axon", "orbit"], window=window)


def test_totals_are_of_the_whole_window_and_rows_of_its_bars(cloudwatch: Any) -> None:
    """What was not measured has no value, which is not 0."""
    axon, orbit = _read(cloudwatch, window_until(NOW, 300))
    assert (axon.total("requests"), axon.total("errors"), axon.error_percent) == (20, 1, 5)
    assert axon.rate == 20 / 300
    assert axon.whole["p50"] == axon.whole["p99"] == 10
    assert (axon.whole["cpu"], axon.whole["cpu_max"]) == (30, 60)
    assert axon.rows["requests"] == [None, None, None, 10, 10]
    assert "memory" not in axon.whole
    assert axon.denied_percent is None
    assert (orbit.whole, orbit.rows) == ({}, {})


def test_a_window_of_one_bar_is_its_own_row(cloudwatch: Any) -> None:
    """A minute on AWS."""
    axon, _ = _read(cloudwatch, window_until(NOW, 60))
    assert axon.rows["requests"] == [10]


def test_lines_say_what_was_and_what_was_not(cloudwatch: Any) -> None:
    """A service without requests or tasks has lines that say so."""
    lines = list(metric_lines(_read(cloudwatch, window_until(NOW, 300))))
    said = [" ".join(line.split()) for line in lines]
    assert said[1:5] == [
        "requests 20, 0.0667 a second ···██",
        "errors 1 (5 %) ···▁█",
        "latency p50 10, p95 10, p99 10 ms ···██",
        "cpu 30 %, at most 60 % ···█·",
    ]
    assert said[-2:] == ["requests none", "tasks none ran"]


def test_lines_of_a_caller() -> None:
    """Governance and the breaker are told of services that call; what stopped calls is counted."""
    whole = {"decisions": 4.0, "denials": 1.0, "governance_p99": 3.2, "memory": 12.0, "cpu": 1.0}
    found = ServiceMetrics(service="orbit", seconds=60, whole=whole)
    said = [" ".join(line.split()) for line in metric_lines([found])]
    assert said[2:5] == ["decisions 4, denied 1 (25 %)", "governance p99 3.2 ms", "breaker stopped nothing"]
    stopped = ServiceMetrics(service="orbit", seconds=60, whole={**whole, "calls_not_made": 2.0})
    assert any("open: 2 attempts stopped" in line for line in metric_lines([stopped]))


def test_the_document_has_null_for_what_was_not_measured(cloudwatch: Any) -> None:
    """And every name for each service."""
    document = metrics_document("dev", _read(cloudwatch, window_until(NOW, 300)))
    axon, orbit = document["services"]
    assert (document["seconds"], axon["requests"], axon["error_percent"]) == (300, 20, 5)
    assert axon.keys() == orbit.keys() >= ASKED.keys()
    assert orbit["p99"] is None
    assert metrics_document("dev", ())["seconds"] == 0


def test_each_metric_that_is_asked_for_is_in_a_table() -> None:
    """OBS-5: one that nothing writes would be shown as nothing for ever."""
    known = {(OWN_NAMESPACE, one.metric) for one in OWN_SIGNALS if not one.dimensions}
    known |= {(one.namespace, one.metric) for one in AWS_SIGNALS}
    assert {(one.namespace, one.metric) for one in ASKED.values()} <= known
