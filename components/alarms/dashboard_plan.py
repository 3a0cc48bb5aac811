"""The dashboards of an environment: one for each service, and one for the functions. Pure.

One each, so that another service changes nothing of the others, and its graphs can be read.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.alarms.signals import ECS_DIMENSIONS, OWN_NAMESPACE, own_dimensions
from components.declarations import ServiceDeclaration
from components.naming import FUNCTIONS, PhysicalNames

WIDTH = 24
"""Columns of a dashboard."""
ABREAST = 3
"""Graphs beside each other."""
GRAPH_HEIGHT, TITLE_HEIGHT = 6, 1
PERIOD = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardLine:
    """A metric in a graph: with a statistic, and what it is called."""

    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, str]
    label: str = ""
    right: bool = False
    """Whether it is measured on the axis at the right."""

    @property
    def row(self) -> list[Any]:
        """As the body of a dashboard has it."""
        named = [part for pair in self.dimensions.items() for part in pair]
        options: dict[str, Any] = {"stat": self.statistic, "label": self.label or self.metric}
        return [self.namespace, self.metric, *named, options | ({"yAxis": "right"} if self.right else {})]


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardGraph:
    """Lines over the same time; `search` is an expression that finds metrics by what they share."""

    title: str
    lines: tuple[DashboardLine, ...] = ()
    search: str = ""


def service_graphs(names: PhysicalNames, service: ServiceDeclaration) -> tuple[DashboardGraph, ...]:
    """What is shown of a service."""
    return tuple(_graphs(names, service))


def function_graphs(names: PhysicalNames) -> tuple[DashboardGraph, ...]:
    """What is shown of the functions."""
    return tuple(_function_graphs(names))


def dashboard_body(
    title: str, graphs: Sequence[DashboardGraph], *, region: str, alarm_arns: Sequence[str] = ()
) -> dict[str, Any]:
    """The body of a dashboard: the title, the state of alarms, and the graphs, three beside each other."""
    parts: list[tuple[str, dict[str, Any]]] = []
    if alarm_arns:
        parts.append(("alarm", {"title": "alarms", "alarms": list(alarm_arns)}))
    parts += [("metric", _properties(graph, region)) for graph in graphs]
    width = WIDTH // ABREAST
    widgets = [_placed(0, 0, WIDTH, TITLE_HEIGHT, "text", {"markdown": f"## {title}"})]
    widgets += [
        _placed(
            TITLE_HEIGHT + number // ABREAST * GRAPH_HEIGHT,
            number % ABREAST * width,
            width,
            GRAPH_HEIGHT,
            kind,
            properties,
        )
        for number, (kind, properties) in enumerate(parts)
    ]
    return {"start": "-PT3H", "widgets": widgets}


def _placed(
    top: int, left: int, width: int, height: int, kind: str, properties: dict[str, Any]
) -> dict[str, Any]:
    return {"type": kind, "x": left, "y": top, "width": width, "height": height, "properties": properties}


def _properties(graph: DashboardGraph, region: str) -> dict[str, Any]:
    found: list[Any] = [line.row for line in graph.lines]
    if graph.search:
        found.append([{"expression": graph.search, "id": "found"}])
    return {
        "title": graph.title,
        "region": region,
        "view": "timeSeries",
        "period": PERIOD,
        "metrics": found,
    }


def _graphs(names: PhysicalNames, service: ServiceDeclaration) -> Iterator[DashboardGraph]:
    own = own_dimensions(names.environment, service.name)
    ecs = dict(zip(ECS_DIMENSIONS, (names.cluster, service.name), strict=True))

    def line(metric: str, statistic: str, **more: Any) -> DashboardLine:
        return DashboardLine(
            namespace=OWN_NAMESPACE, metric=metric, statistic=statistic, dimensions=own, **more
        )

    def used(metric: str, statistic: str, **more: Any) -> DashboardLine:
        return DashboardLine(namespace="AWS/ECS", metric=metric, statistic=statistic, dimensions=ecs, **more)

    percentiles = ("p50", "p95", "p99")
    yield DashboardGraph(
        title="requests and errors",
        lines=(line("Requests", "Sum", label="requests"), line("RequestErrors", "Sum", label="5xx")),
    )
    yield DashboardGraph(
        title="latency (ms)",
        lines=tuple(line("RequestLatency", statistic, label=statistic) for statistic in percentiles),
    )
    if service.calls:
        yield DashboardGraph(
            title="governance",
            lines=(
                line("Decisions", "Sum", label="asked"),
                line("Denials", "Sum", label="denied"),
                line("CallsNotMade", "Sum", label="stopped by the breaker"),
                line("GovernanceLatency", "p99", label="p99 ms", right=True),
            ),
        )
        yield DashboardGraph(
            title="calls by target, p99 (ms)", search=_search("TargetLatency", own, "target", "p99")
        )
    yield DashboardGraph(
        title="tasks, CPU and memory",
        lines=(
            used("CPUUtilization", "Average", label="CPU %"),
            used("MemoryUtilization", "Average", label="memory %"),
            used("CPUUtilization", "SampleCount", label="tasks", right=True),
        ),
    )


def _function_graphs(names: PhysicalNames) -> Iterator[DashboardGraph]:
    for metric, statistic in (
        ("Invocations", "Sum"),
        ("Errors", "Sum"),
        ("Throttles", "Sum"),
        ("Duration", "p99"),
    ):
        yield DashboardGraph(
            title=f"{metric.lower()} ({statistic})",
            lines=tuple(
                DashboardLine(
                    namespace="AWS/Lambda",
                    metric=metric,
                    statistic=statistic,
                    dimensions={"FunctionName": names.function(function)},
                    label=function,
                )
                for function in FUNCTIONS
            ),
        )
    yield DashboardGraph(
        title="decisions by outcome, of all environments of the account",
        search=_search("Decisions", {}, "caller,intent,outcome,service", "Sum"),
    )


def _search(metric: str, dimensions: Mapping[str, str], more: str, statistic: str) -> str:
    schema = ",".join((OWN_NAMESPACE, *dimensions, more))
    terms = " ".join(f'{name}="{value}"' for name, value in {"MetricName": metric, **dimensions}.items())
    return f"SEARCH('{{{schema}}} {terms}', '{statistic}', {PERIOD})"
