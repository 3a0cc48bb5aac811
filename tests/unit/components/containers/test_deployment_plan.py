"""What ECS is told of a strategy, and how long a deployment may take. DEL-4."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.containers.deployment_plan import DeploymentDefaults, DeploymentPlan, plan_deployment
from components.declarations import DeploymentStrategy, ServiceDeclaration, load_services
from components.declarations.deployment import DeploymentDeclaration
from tests.support.paths import ROOT

SERVICES = load_services(ROOT / "services")
ORBIT, AXON = SERVICES.get("orbit"), SERVICES.get("axon")
CANARIES = DeploymentDefaults(strategy=DeploymentStrategy.CANARY, step_minutes=3, bake_minutes=20)


def declared(service: ServiceDeclaration = ORBIT, **deployment: Any) -> ServiceDeclaration:
    return service.model_copy(update={"deployment": DeploymentDeclaration.model_validate(deployment)})


def test_a_rolling_update_never_has_fewer_healthy_tasks_than_wanted() -> None:
    """New tasks come first, within twice the wanted number, and a failing deployment goes back by itself."""
    plan = plan_deployment(ORBIT)
    assert plan.configuration() == {"strategy": "ROLLING"}
    assert (plan.minimum_healthy_percent, plan.maximum_percent) == (100, 200)
    assert plan.circuit_breaker() == {"enable": True, "rollback": True}


def test_blue_green() -> None:
    """All traffic at once, then both sets of tasks for the bake; tasks that keep failing end it, too."""
    plan = plan_deployment(declared(strategy="blue_green", bake_minutes=0))
    assert plan.configuration() == {
        "strategy": "BLUE_GREEN",
        "bake_time_in_minutes": "0",
        "lifecycle_hooks": [],
    }
    assert plan.circuit_breaker() == {"enable": True, "rollback": True}
    assert plan.shares == (100.0,)


def test_a_canary_has_the_declared_share_first() -> None:
    """The share and how long it lasts are told to ECS as it counts them."""
    plan = plan_deployment(declared(strategy="canary", percent=12.5, step_minutes=4))
    assert plan.configuration()["canary_configuration"] == {
        "canary_percent": 12.5,
        "canary_bake_time_in_minutes": "4",
    }
    assert plan.shares == (12.5, 100.0)


def test_linear_steps() -> None:
    """Equal steps, the last of which ends at 100 whatever is left."""
    plan = plan_deployment(declared(strategy="linear", percent=30, step_minutes=1))
    assert plan.configuration()["linear_configuration"] == {
        "step_percent": 30.0,
        "step_bake_time_in_minutes": "1",
    }
    assert plan.shares == (30.0, 60.0, 90.0, 100.0)


@given(tenths=st.integers(30, 1000))
def test_every_linear_shift_ends_at_all_traffic(tenths: int) -> None:
    """Shares grow by one step at a time, and only the last is 100."""
    shares = DeploymentPlan(strategy=DeploymentStrategy.LINEAR, percent=tenths / 10).shares
    assert shares[-1] == 100
    assert list(shares) == sorted(set(shares))
    assert all(round(b - a, 1) <= tenths / 10 for a, b in zip((0.0, *shares), shares, strict=False))


def test_ecs_own_values_hold_where_nothing_is_said() -> None:
    """5 % for ten minutes, 10 % every six: as ECS's documentation has them."""
    canary, linear = (
        plan_deployment(declared(strategy="canary")),
        plan_deployment(declared(strategy="linear")),
    )
    assert (canary.percent, canary.step_minutes) == (5.0, 10)
    assert (linear.percent, linear.step_minutes, len(linear.shares)) == (10.0, 6, 10)


def test_the_environment_decides_what_the_declaration_leaves_open() -> None:
    """Of services with ingress; one without rolls unless it says otherwise."""
    plan = plan_deployment(ORBIT, CANARIES)
    assert (plan.strategy, plan.step_minutes, plan.bake_minutes) == (DeploymentStrategy.CANARY, 3, 20)
    assert plan_deployment(AXON, CANARIES).strategy is DeploymentStrategy.ROLLING
    own = plan_deployment(declared(strategy="blue_green", bake_minutes=0), CANARIES)
    assert (own.strategy, own.bake_minutes) == (DeploymentStrategy.BLUE_GREEN, 0)


@pytest.mark.parametrize(
    ("pause", "stage"),
    [("before_traffic", "POST_TEST_TRAFFIC_SHIFT"), ("each_step", "PRE_PRODUCTION_TRAFFIC_SHIFT")],
)
def test_a_pause_waits_for_somebody_and_then_rolls_back(pause: str, stage: str) -> None:
    """Before any traffic, or before each step; never at a shift itself, where ECS takes none."""
    plan = plan_deployment(declared(strategy="canary", pause=pause, pause_minutes=30))
    assert plan.configuration([{"hook": 1}])["lifecycle_hooks"] == [
        {"hook": 1},
        {
            "target_type": "PAUSE",
            "lifecycle_stages": [stage],
            "timeout_configuration": {"action": "ROLLBACK", "timeout_in_minutes": "30"},
        },
    ]


def test_how_long_a_deployment_may_take() -> None:
    """Each wait between steps, each pause and the bake count; what AWS's provider waits by itself is less."""
    canary = declared(strategy="canary", step_minutes=10, bake_minutes=15)
    assert plan_deployment(canary).minutes == 30 + 10 + 15
    paused = declared(
        strategy="linear", percent=50, step_minutes=10, bake_minutes=15, pause="each_step", pause_minutes=60
    )
    assert plan_deployment(paused).minutes == 30 + 10 + 15 + 2 * 60
