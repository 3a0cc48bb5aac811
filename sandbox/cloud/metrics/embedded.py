"""Reads the metrics that a log line carries in the embedded metric format. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
A line that is no such document, or a directive that does not fit it, has no metrics: CloudWatch, too, keeps
the line and extracts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.cloud.metrics.store import MetricKey, metric_key

MAX_METRICS, MAX_DIMENSIONS, MAX_VALUES = 100, 30, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """Values of a metric at a time in seconds since the epoch."""

    key: MetricKey
    values: tuple[float, ...]
    at: float
    unit: str


def embedded_metrics(line: str) -> tuple[Datum, ...]:
    """The metrics of a log line; none for any other line."""
    if '"_aws"' not in line:
        return ()
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return ()
    head = document.get("_aws") if isinstance(document, dict) else None
    if not isinstance(head, dict) or not _is_number(head.get("Timestamp")):
        return ()
    directives = head.get("CloudWatchMetrics")
    if not isinstance(directives, list):
        return ()
    return tuple(
        datum
        for directive in directives
        if isinstance(directive, dict)
        for datum in _of_directive(document, directive, head["Timestamp"] / 1000)
    )


def _of_directive(document: Mapping[str, Any], directive: Mapping[str, Any], at: float) -> Iterator[Datum]:
    namespace, sets, metrics = (directive.get(name) for name in ("Namespace", "Dimensions", "Metrics"))
    if not (
        isinstance(namespace, str) and namespace and isinstance(sets, list) and isinstance(metrics, list)
    ):
        return
    for names in sets:
        dimensions = _dimensions(document, names)
        if dimensions is None:
            continue
        for metric in metrics[:MAX_METRICS]:
            if not isinstance(metric, dict) or not isinstance(name := metric.get("Name"), str):
                continue
            values = _values(document.get(name))
            if values:
                yield Datum(
                    key=metric_key(namespace, name, dimensions),
                    values=values,
                    at=at,
                    unit=str(metric.get("Unit", "None")),
                )


def _dimensions(document: Mapping[str, Any], names: Any) -> dict[str, str] | None:
    """The dimensions of these names; None if one of them is no text of the document."""
    if not isinstance(names, list) or len(names) > MAX_DIMENSIONS:
        return None
    found = {name: document.get(name) for name in names if isinstance(name, str)}
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    return texts if len(texts) == len(names) else None


def _values(value: Any) -> tuple[float, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(float(each) for each in listed[:MAX_VALUES] if _is_number(each))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
