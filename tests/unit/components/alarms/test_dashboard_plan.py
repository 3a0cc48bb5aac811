"""The dashboards that follow from the declarations. OBS-1"""

from __future__ import annotations

import re

from components.alarms.dashboard_plan import WIDTH, dashboard_body, function_graphs, service_graphs
from components.alarms.signals import AWS_SIGNALS, FUNCTION_SIGNALS, OWN_NAMESPACE, OWN_SIGNALS
from components.naming import PhysicalNames
from tests.support.recording.declarations import services_calling

NAMES = PhysicalNames("dev")
CHAIN = services_calling(orbit=("axon",), axon=())


def test_what_is_shown_of_a_service_and_of_one_that_calls_others() -> None:
    """OBS-1: tasks, CPU, memory, percentiles, errors; of a caller governance and its targets' latency."""
    own = [graph.title for graph in service_graphs(NAMES, CHAIN.get("axon"))]
    assert own == ["requests and errors", "latency (ms)", "tasks, CPU and memory"]
    calling = {graph.title for graph in service_graphs(NAMES, CHAIN.get("orbit"))}
    assert calling - set(own) == {"governance", "calls by target, p99 (ms)"}


def test_every_metric_stands_in_a_table_with_its_dimensions() -> None:
    """OBS-5: a graph of what nobody measures would be empty for ever."""
    known = {(one.namespace, one.metric, frozenset(one.dimensions)) for one in AWS_SIGNALS}
    base = frozenset({"environment", "service"})
    known |= {(OWN_NAMESPACE, one.metric, base | set(one.dimensions)) for one in OWN_SIGNALS}
    searched = known | {(OWN_NAMESPACE, one.metric, frozenset(one.dimensions)) for one in FUNCTION_SIGNALS}
    for graph in (*service_graphs(NAMES, CHAIN.get("orbit")), *function_graphs(NAMES)):
        assert graph.lines or graph.search
        for line in graph.lines:
            assert (line.namespace, line.metric, frozenset(line.dimensions)) in known
        if graph.search:
            schema, metric = re.findall(r"\{(.+?)\}.* ?MetricName=\"(\w+)\"", graph.search)[0]
            namespace, *dimensions = schema.split(",")
            assert (namespace, metric, frozenset(dimensions)) in searched


def test_widgets_stand_beside_and_below_each_other() -> None:
    """Each place is taken once, and none is outside."""
    body = dashboard_body("t", function_graphs(NAMES), region="eu-west-1", alarm_arns=["arn:a"])
    places: list[tuple[int, int]] = []
    for widget in body["widgets"]:
        assert widget["x"] + widget["width"] <= WIDTH
        places += [
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        ]
    assert len(places) == len(set(places))
    assert [widget["type"] for widget in body["widgets"]][:3] == ["text", "alarm", "metric"]
