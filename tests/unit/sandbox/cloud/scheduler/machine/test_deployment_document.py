"""What ECS says of a deployment at each state, and what it tells a hook."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.cloud.ecs.deployment_settings import (
    DeploymentAlarms,
    DeploymentCircuitBreaker,
    DeploymentSettings,
    HookAction,
    HookStage,
    HookTarget,
    LifecycleHook,
    Strategy,
)
from sandbox.cloud.scheduler.machine.advancing import Sight, advance
from sandbox.cloud.scheduler.machine.deployment_document import (
    DeploymentNames,
    RevisionCounts,
    deployment_document,
    hook_event,
)
from sandbox.cloud.scheduler.machine.hook_runs import HookAnswer, HookStatus
from sandbox.cloud.scheduler.machine.service_deployment import (
    ServiceDeployment,
    answer_hook,
    begin,
    continue_hook,
    stop,
)
from tests.support.shapes import misfits, wrong_values

PREFIX = "arn:aws:ecs:us-east-1:123456789012"
NAMES = DeploymentNames(
    service=f"{PREFIX}:service/test/axon",
    deployment=f"{PREFIX}:service-deployment/test/axon/2",
    revision=lambda revision: f"{PREFIX}:service-revision/test/axon/{revision}",
)
GREEN, BLUE = NAMES.revision("green"), NAMES.revision("blue")
BEGAN = datetime(2026, 1, 2, tzinfo=UTC)
HOOKS = (
    LifecycleHook(
        target_arn="arn:aws:lambda:::function:smoke", stages=frozenset(HookStage), details={"a": 1}
    ),
    LifecycleHook(target=HookTarget.PAUSE, stages=frozenset({HookStage.POST_TEST_TRAFFIC_SHIFT})),
)


def document(deployment: ServiceDeployment) -> dict[str, Any]:
    return deployment_document(
        deployment,
        NAMES,
        {"green": RevisionCounts(requested=2, running=1, pending=1)},
        date=lambda moment: BEGAN + timedelta(seconds=moment),
        desired=2,
    )


def states(settings: DeploymentSettings, source: str | None, *, stopped_at: int = 10**6) -> Any:
    """Every state on the way, with all that answers being well; it is stopped after so many of them."""
    ids = itertools.count(1)
    found, now = begin(target="green", source=source, settings=settings, now=0, reconcile=True), 0.0
    yield found
    for number in range(1000):
        sight = Sight(desired=2, target_healthy=2, settled=True, routed=found.traffic)
        progress = advance(found, sight, now=now, new_id=lambda kind: f"ecs-{kind}-{next(ids)}")
        found = progress.deployment
        yield found
        if found.ended:
            return
        if number == stopped_at:
            found = stop(found, now)
            yield found
        for run in found.hooks:
            if run.open and run.hook.target is HookTarget.PAUSE:
                found = continue_hook(found, run.id, HookAction.CONTINUE, now)
            elif run.open:
                found = answer_hook(found, run.id, HookAnswer(status=HookStatus.SUCCEEDED), now)
            yield found
        now = max(now, found.bake_until or now)
    raise AssertionError("it never ends")


@pytest.mark.parametrize("source", ["blue", None])
@pytest.mark.parametrize("stopped_at", [0, 3, 6, 9, 10**6])
@pytest.mark.parametrize(
    "settings",
    [
        DeploymentSettings(strategy=Strategy.BLUE_GREEN, bake_minutes=5, hooks=HOOKS),
        DeploymentSettings(
            strategy=Strategy.CANARY,
            step_percent=0.1,
            step_minutes=10,
            hooks=HOOKS,
            alarms=DeploymentAlarms(names=("errors",), enabled=True, rollback=True),
        ),
        DeploymentSettings(
            strategy=Strategy.LINEAR,
            step_percent=33.3,
            step_minutes=6,
            breaker=DeploymentCircuitBreaker(enabled=True, rollback=True),
        ),
        DeploymentSettings(bake_minutes=5),
    ],
)
def test_every_state_fits_the_shape_of_ecs(
    settings: DeploymentSettings, stopped_at: int, source: str | None
) -> None:
    """Members, types and enumerations, for each strategy, forward and back."""
    for state in states(settings, source, stopped_at=stopped_at):
        described = document(state)
        assert misfits("ecs", "ServiceDeployment", described) == ""
        assert wrong_values("ecs", "ServiceDeployment", described) == []


def test_a_hook_is_told_weights_only_where_traffic_moves() -> None:
    """The event has the weights of both revisions at RECONCILE and the shifts, and hookDetails as given."""
    settings = DeploymentSettings(strategy=Strategy.CANARY, step_percent=0.1, hooks=HOOKS[:1])
    told: dict[str, Any] = {}
    for state in states(settings, "blue"):
        for run in state.hooks:
            told.setdefault(run.stage, []).append(hook_event(state, run, NAMES))
    with_weights = {
        stage for stage, events in told.items() if events[0]["executionDetails"]["testTrafficWeights"]
    }
    assert with_weights == {"RECONCILE_SERVICE", "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}
    first = told["PRODUCTION_TRAFFIC_SHIFT"][0]
    assert first == {
        "executionId": first["executionId"],
        "lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT",
        "resourceArn": NAMES.deployment,
        "executionDetails": {
            "serviceArn": NAMES.service,
            "targetServiceRevisionArn": GREEN,
            "testTrafficWeights": {GREEN: 100, BLUE: 0},
            "productionTrafficWeights": {GREEN: 0.1, BLUE: 99.9},
        },
        "hookDetails": {"a": 1},
    }


def test_a_rollback_names_the_revision_that_it_goes_back_to() -> None:
    """With its reason and when it began; one that was stopped first has nothing to go back to."""
    settings = DeploymentSettings(strategy=Strategy.BLUE_GREEN, hooks=HOOKS)
    *_, back = states(settings, "blue", stopped_at=2)
    described = document(back)
    assert described["rollback"] == {
        "reason": "a rollback was requested by StopServiceDeployment",
        "startedAt": BEGAN,
        "serviceRevisionArn": BLUE,
    }
    assert (described["status"], described["finishedAt"]) == ("ROLLBACK_SUCCESSFUL", BEGAN)
    *_, stopped = states(settings, None, stopped_at=2)
    described = document(stopped)
    assert (described["status"], described["stoppedAt"], "rollback" in described) == ("STOPPED", BEGAN, False)
