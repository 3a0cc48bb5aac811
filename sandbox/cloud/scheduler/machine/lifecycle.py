"""The steps of a deployment, in order: which stage each belongs to, its traffic, its hooks, its bake. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from sandbox.cloud.ecs.deployment_settings import DeploymentSettings, HookStage, Strategy


class Stage(StrEnum):
    """The `lifecycleStage` of a service deployment."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    SCALE_UP = "SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    BAKE_TIME = "BAKE_TIME"
    CLEAN_UP = "CLEAN_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTraffic:
    """The percentages of production and test traffic that the target has; the source has the rest."""

    production: float = 0.0
    test: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleStep:
    """One step: traffic is made as it says, then hooks are called and answer, then the bake passes."""

    stage: Stage
    traffic: TargetTraffic
    hooks: HookStage | None = None
    bake_minutes: float = 0.0


NOTHING = TargetTraffic()
TESTED = TargetTraffic(test=100.0)
ALL = TargetTraffic(production=100.0, test=100.0)


def forward_steps(
    settings: DeploymentSettings, *, first: bool, reconcile: bool, alarm_minutes: float = 0.0
) -> tuple[LifecycleStep, ...]:
    """The steps of a deployment that meets no trouble.

    `first`: there is no revision before it, so all traffic comes at once, and no two revisions bake side by
    side. `reconcile`: more than one revision is active when it begins. `alarm_minutes` is how long the
    alarms of a rolling deployment need to see trouble: ECS bakes it that long.
    """
    if not settings.shifts_traffic:
        return _rolling(max(settings.bake_minutes, alarm_minutes))
    percents = (100.0,) if first else shift_percents(settings)
    shifts = [
        step
        for before, percent in zip((0.0, *percents), percents, strict=False)
        for step in _shift(before, percent, 0.0 if percent == percents[-1] else settings.step_minutes)
    ]
    begin = [LifecycleStep(stage=Stage.RECONCILE_SERVICE, traffic=NOTHING, hooks=HookStage.RECONCILE_SERVICE)]
    return (
        *(begin if reconcile else ()),
        LifecycleStep(stage=Stage.PRE_SCALE_UP, traffic=NOTHING, hooks=HookStage.PRE_SCALE_UP),
        LifecycleStep(stage=Stage.SCALE_UP, traffic=NOTHING),
        LifecycleStep(stage=Stage.POST_SCALE_UP, traffic=NOTHING, hooks=HookStage.POST_SCALE_UP),
        LifecycleStep(stage=Stage.TEST_TRAFFIC_SHIFT, traffic=TESTED, hooks=HookStage.TEST_TRAFFIC_SHIFT),
        LifecycleStep(
            stage=Stage.POST_TEST_TRAFFIC_SHIFT, traffic=TESTED, hooks=HookStage.POST_TEST_TRAFFIC_SHIFT
        ),
        *shifts,
        LifecycleStep(
            stage=Stage.POST_PRODUCTION_TRAFFIC_SHIFT,
            traffic=ALL,
            hooks=HookStage.POST_PRODUCTION_TRAFFIC_SHIFT,
        ),
        LifecycleStep(
            stage=Stage.BAKE_TIME, traffic=ALL, bake_minutes=0.0 if first else settings.bake_minutes
        ),
        LifecycleStep(stage=Stage.CLEAN_UP, traffic=ALL),
    )


def _rolling(bake_minutes: float) -> tuple[LifecycleStep, ...]:
    bake = [LifecycleStep(stage=Stage.BAKE_TIME, traffic=NOTHING, bake_minutes=bake_minutes)]
    return (
        LifecycleStep(stage=Stage.SCALE_UP, traffic=NOTHING),
        *(bake if bake_minutes else ()),
        LifecycleStep(stage=Stage.CLEAN_UP, traffic=NOTHING),
    )


def _shift(before: float, percent: float, minutes: float) -> tuple[LifecycleStep, LifecycleStep]:
    """What precedes a shift of production traffic has no stage of its own in what ECS describes."""
    stage = Stage.PRODUCTION_TRAFFIC_SHIFT
    return (
        LifecycleStep(
            stage=stage,
            traffic=TargetTraffic(production=before, test=100.0),
            hooks=HookStage.PRE_PRODUCTION_TRAFFIC_SHIFT,
        ),
        LifecycleStep(
            stage=stage,
            traffic=TargetTraffic(production=percent, test=100.0),
            hooks=HookStage.PRODUCTION_TRAFFIC_SHIFT,
            bake_minutes=minutes,
        ),
    )


def shift_percents(settings: DeploymentSettings) -> tuple[float, ...]:
    """The percentages of production traffic that the target has, step by step; the last is 100."""
    if settings.strategy is Strategy.LINEAR:
        count = math.ceil(round(100 / settings.step_percent, 9))
        return tuple(min(100.0, round(settings.step_percent * (number + 1), 1)) for number in range(count))
    if settings.strategy is Strategy.CANARY and settings.step_percent < 100:
        return (settings.step_percent, 100.0)
    return (100.0,)


def rollback_steps(traffic: TargetTraffic, *, rolling: bool) -> tuple[LifecycleStep, ...]:
    """The way back: traffic that was shifted is shifted back, and the hooks of its stage are called again."""
    if rolling:
        return _rolling(0.0)
    back: list[LifecycleStep] = []
    if traffic.production:
        shifted = TargetTraffic(production=0.0, test=traffic.test)
        stage = Stage.PRODUCTION_TRAFFIC_SHIFT
        back.append(LifecycleStep(stage=stage, traffic=shifted, hooks=HookStage.PRODUCTION_TRAFFIC_SHIFT))
    if traffic.test:
        back.append(
            LifecycleStep(stage=Stage.TEST_TRAFFIC_SHIFT, traffic=NOTHING, hooks=HookStage.TEST_TRAFFIC_SHIFT)
        )
    return (*back, LifecycleStep(stage=Stage.CLEAN_UP, traffic=NOTHING))
