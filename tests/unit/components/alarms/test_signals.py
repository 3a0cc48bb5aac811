"""Each metric that something names is measured, and each that is measured is known. OBS-5."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from components.alarms.dashboard_plan import function_graphs
from components.alarms.service_alarms import plan_service_alarms
from components.alarms.signals import (
    AWS_SIGNALS,
    FUNCTION_SIGNALS,
    OWN_NAMESPACE,
    OWN_SIGNALS,
    own_dimensions,
)
from components.functions.alarm_plan import plan_alarms
from components.naming import GOVERNANCE, ROTATION, PhysicalNames
from lambdas.governance import telemetry
from lambdas.rotation import handler as rotation
from services.runtime.telemetry import metrics
from tests.support.paths import ROOT
from tests.support.recording.declarations import services_calling

SERVICES = services_calling(orbit=("axon",), axon=())


def _emitted() -> Iterator[tuple[str, str]]:
    """Name and unit of each `Metric(...)` in the services."""
    for path in sorted((ROOT / "services").rglob("*.py")):
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Metric":
                given = {word.arg: word.value for word in node.keywords}
                name, unit = given["name"], given.get("unit")
                assert isinstance(name, ast.Constant), f"{path}: a metric's name has to be a literal"
                yield str(name.value), str(unit.value) if isinstance(unit, ast.Constant) else "Count"


def test_the_table_has_what_services_emit_and_nothing_else() -> None:
    """OBS-5: a metric that is added, renamed or dropped in code is so in the table."""
    assert {(signal.metric, signal.unit) for signal in OWN_SIGNALS} == set(_emitted())
    assert metrics.NAMESPACE == OWN_NAMESPACE


def test_the_table_has_what_functions_emit_and_nothing_else() -> None:
    """OBS-5: governance says it in one directive; rotation counts two things."""
    [directive] = telemetry._METRICS
    assert directive["Namespace"] == rotation.NAMESPACE == OWN_NAMESPACE
    [dimensions] = directive["Dimensions"]
    written = {
        (GOVERNANCE, metric["Name"], metric["Unit"], tuple(dimensions))
        for metric in directive["Metrics"]
        if isinstance(metric, dict)
    }
    written |= {(ROTATION, name, "Count", ("service",)) for name in (rotation.FAILED, rotation.ROTATED)}
    assert {(one.function, one.metric, one.unit, one.dimensions) for one in FUNCTION_SIGNALS} == written
    emitting = [
        path.relative_to(ROOT / "lambdas").parts[0]
        for path in (ROOT / "lambdas").rglob("*.py")
        if "add_metric(" in (text := path.read_text(encoding="utf-8")) or '"CloudWatchMetrics"' in text
    ]
    assert sorted(emitting) == ["governance", "rotation"]


def test_each_metric_of_aws_is_used() -> None:
    """OBS-5: one that nothing names has no business in the table."""
    named = {
        (measure.namespace, measure.metric)
        for service in SERVICES.services
        for alarm in plan_service_alarms(PhysicalNames("dev"), SERVICES, service).metric_alarms
        for measure in alarm.measures
    }
    named |= {("AWS/Lambda", plan.metric) for plan in plan_alarms("f", "work")}
    named |= {
        (line.namespace, line.metric)
        for graph in function_graphs(PhysicalNames("dev"))
        for line in graph.lines
    }
    assert {(signal.namespace, signal.metric) for signal in AWS_SIGNALS} <= named


def test_each_metric_of_an_alarm_is_in_a_table_with_its_dimensions() -> None:
    """OBS-3: one that is not would never be measured, and the alarm never red."""
    own = {signal.metric: {"environment", "service", *signal.dimensions} for signal in OWN_SIGNALS}
    aws = {(signal.namespace, signal.metric): set(signal.dimensions) for signal in AWS_SIGNALS}
    for service in SERVICES.services:
        for alarm in plan_service_alarms(PhysicalNames("dev"), SERVICES, service).metric_alarms:
            for measure in alarm.measures:
                known = own if measure.namespace == OWN_NAMESPACE else aws
                key = measure.metric if known is own else (measure.namespace, measure.metric)
                assert known[key] == set(measure.dimensions)  # type: ignore[index]
    for plan in plan_alarms("f", "work"):
        assert aws["AWS/Lambda", plan.metric] == {"FunctionName"}


def test_each_metric_of_aws_has_its_page() -> None:
    """Whoever doubts a name can look it up."""
    for signal in AWS_SIGNALS:
        assert signal.page.startswith("https://docs.aws.amazon.com/")


def test_services_write_these_dimensions() -> None:
    """The alarm and the log line have to agree on each."""
    written = metrics.Metrics(service="orbit", environment="dev")
    assert own_dimensions("dev", "orbit") == written._dimensions
