"""Metrics as lines; most of it stands beside the reading of them."""

from __future__ import annotations

from cli.observing.metric_lines import metric_lines
from cli.observing.service_metrics import ServiceMetrics


def test_services_are_apart() -> None:
    """An empty line between two."""
    idle = [ServiceMetrics(service=name, seconds=60, whole={}) for name in ("a", "b")]
    assert [line.strip() for line in metric_lines(idle)].count("") == 1
