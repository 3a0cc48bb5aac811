"""The alarms that follow from a declaration. OBS-3, DEL-1."""

from __future__ import annotations

import pytest

from components.alarms.plan import MissingTreatment
from components.alarms.service_alarms import ServiceAlarmPlan, plan_service_alarms, reachable
from components.declarations import Services
from components.naming import PhysicalNames
from tests.support.recording.declarations import services_calling

NAMES = PhysicalNames("dev")


def _planned(services: Services, name: str) -> ServiceAlarmPlan:
    return plan_service_alarms(NAMES, services, services.get(name))


@pytest.fixture(scope="module")
def services() -> Services:
    """`web` calls `orbit`, which calls `axon`."""
    return services_calling(web=("orbit",), orbit=("axon",), axon=())


def test_a_service_has_an_alarm_for_each_condition(services: Services) -> None:
    """OBS-3: down, errors, latency, saturation; of what governance says only where something is called."""
    kinds = [alarm.kind for alarm in _planned(services, "axon").metric_alarms if "burn" not in alarm.kind]
    assert kinds == ["down", "errors", "latency", "saturation"]
    callers = [alarm.kind for alarm in _planned(services, "orbit").metric_alarms if "burn" not in alarm.kind]
    assert callers == [*kinds, "denials", "governance-latency"]


def test_thresholds_are_the_objectives(services: Services) -> None:
    """OBS-3: what the declaration promises is what raises an alarm when it is not kept."""
    by_kind = {alarm.kind: alarm for alarm in _planned(services, "axon").metric_alarms}
    objectives = services.get("axon").objectives
    assert by_kind["errors"].threshold == objectives.error_rate_percent
    assert by_kind["latency"].threshold == objectives.latency_p99_ms
    assert by_kind["burn-fast-long"].threshold == 14.4 * objectives.error_rate_percent


def test_little_traffic_raises_no_alarm(services: Services) -> None:
    """Every share and percentile needs a number of requests, and no data is good."""
    for alarm in _planned(services, "orbit").metric_alarms:
        if alarm.kind not in ("down", "saturation"):
            assert alarm.expression.startswith("IF(")
            assert ">= 20" in alarm.expression
            assert alarm.missing is MissingTreatment.NOT_BREACHING


def test_only_the_alarm_of_the_whole_and_the_burn_rates_tell_somebody(services: Services) -> None:
    """A cause is told once: metric alarms have no actions at all."""
    composites = _planned(services, "orbit").composites
    assert [alarm.kind for alarm in composites if alarm.notifies] == [
        "",
        "burn-fast",
        "burn-medium",
        "burn-slow",
    ]


def test_the_whole_is_red_with_any_condition_and_has_the_name_that_deployments_know(
    services: Services,
) -> None:
    """DEL-1: a deployment rolls back on it, and no burn rate is in it: those last for hours."""
    plan = _planned(services, "orbit")
    whole = next(alarm for alarm in plan.composites if alarm.name == plan.name)
    assert plan.name == NAMES.service_alarm("orbit") == "dev/orbit"
    conditions = [alarm.name for alarm in plan.metric_alarms if "burn" not in alarm.kind]
    assert whole.rule == " OR ".join(f'ALARM("{name}")' for name in conditions)


def test_a_caller_is_quiet_while_a_callee_is_down(services: Services) -> None:
    """One callee is named itself; several, at any depth, have an alarm over them."""
    orbit, web = _planned(services, "orbit"), _planned(services, "web")
    assert orbit.composites[0].suppressor is not None
    assert orbit.composites[0].suppressor.alarm == "dev/axon/down"
    over, whole = web.composites[:2]
    assert over.rule == 'ALARM("dev/axon/down") OR ALARM("dev/orbit/down")'
    assert whole.suppressor is not None
    assert whole.suppressor.alarm == over.name
    assert _planned(services, "axon").composites[0].suppressor is None


def test_a_faster_burn_rate_keeps_the_slower_ones_quiet(services: Services) -> None:
    """So does the service's own alarm; the wait after it is as long as the short window remembers."""
    composites = {alarm.kind: alarm for alarm in _planned(services, "axon").composites}
    fast, medium, slow = (composites[f"burn-{name}"] for name in ("fast", "medium", "slow"))
    assert fast.suppressor is not None
    assert fast.suppressor.alarm == "dev/axon"
    assert composites["burn-medium-known"].rule == 'ALARM("dev/axon") OR ALARM("dev/axon/burn-fast")'
    assert composites["burn-slow-known"].rule.endswith('OR ALARM("dev/axon/burn-medium")')
    assert [each.suppressor.extension for each in (fast, medium, slow) if each.suppressor] == [
        300,
        1800,
        7200,
    ]


def test_each_alarm_comes_after_those_that_it_names(services: Services) -> None:
    """Resources are made in this order, and a rule names what exists."""
    for name in services.names:
        plan = _planned(services, name)
        others = {alarm.name for one in services.names for alarm in _planned(services, one).metric_alarms}
        made: set[str] = set(others)
        for alarm in plan.composites:
            named = [part.partition('"')[0] for part in alarm.rule.split('ALARM("')[1:]]
            if alarm.suppressor:
                named.append(alarm.suppressor.alarm)
            assert set(named) <= made
            made.add(alarm.name)


def test_a_further_service_changes_no_alarm_of_the_others(services: Services) -> None:
    """Its alarms appear with it."""
    more = services_calling(web=("orbit",), orbit=("axon",), axon=(), ledger=())
    for name in services.names:
        assert _planned(more, name) == _planned(services, name)


def test_a_circle_of_calls_is_walked_once() -> None:
    """A service is not its own callee."""
    services = services_calling(a=("b",), b=("a",))
    assert reachable(services, "a") == ("b",)
