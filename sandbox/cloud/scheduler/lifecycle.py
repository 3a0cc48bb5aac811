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
class Traffic:
    """The percentages of production and test traffic that the target has; the source has the rest."""

    production: float = 0.0
    test: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: traffic is made as it says, then hooks are called and answer, then the bake passes."""

    stage: Stage
    traffic: Traffic
    hooks: HookStage | None = None
    bake_minutes: float = 0.0


NOTHING = Traffic()
TESTED = Traffic(test=100.0)
ALL = Traffic(production=100.0, test=100.0)


def forward_steps(
    settings: DeploymentSettings, *, first: bool, reconcile: bool, alarm_minutes: float = 0.0
) -> tuple[Step, ...]:
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
    begin = [Step(stage=Stage.RECONCILE_SERVICE, traffic=NOTHING, hooks=HookStage.RECONCILE_SERVICE)]
    return (
        *(begin if reconcile else ()),
        Step(stage=Stage.PRE_SCALE_UP, traffic=NOTHING, hooks=HookStage.PRE_SCALE_UP),
        Step(stage=Stage.SCALE_UP, traffic=NOTHING),
        Step(stage=Stage.POST_SCALE_UP, traffic=NOTHING, hooks=HookStage.POST_SCALE_UP),
        Step(stage=Stage.TEST_TRAFFIC_SHIFT, traffic=TESTED, hooks=HookStage.TEST_TRAFFIC_SHIFT),
        Step(stage=Stage.POST_TEST_TRAFFIC_SHIFT, traffic=TESTED, hooks=HookStage.POST_TEST_TRAFFIC_SHIFT),
        *shifts,
        Step(
            stage=Stage.POST_PRODUCTION_TRAFFIC_SHIFT,
            traffic=ALL,
            hooks=HookStage.POST_PRODUCTION_TRAFFIC_SHIFT,
        ),
        Step(stage=Stage.BAKE_TIME, traffic=ALL, bake_minutes=0.0 if first else settings.bake_minutes),
        Step(stage=Stage.CLEAN_UP, traffic=ALL),
    )


def _rolling(bake_minutes: float) -> tuple[Step, ...]:
    bake = [Step(stage=Stage.BAKE_TIME, traffic=NOTHING, bake_minutes=bake_minutes)]
    return (
        Step(stage=Stage.SCALE_UP, traffic=NOTHING),
        *(bake if bake_minutes else ()),
        Step(stage=Stage.CLEAN_UP, traffic=NOTHING),
    )


def _shift(before: float, percent: float, minutes: float) -> tuple[Step, Step]:
    """What precedes a shift of production traffic has no stage of its own in what ECS describes."""
    stage = Stage.PRODUCTION_TRAFFIC_SHIFT
    return (
        Step(
            stage=stage,
            traffic=Traffic(production=before, test=100.0),
            hooks=HookStage.PRE_PRODUCTION_TRAFFIC_SHIFT,
        ),
        Step(
            stage=stage,
            traffic=Traffic(production=percent, test=100.0),
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


def rollback_steps(traffic: Traffic, *, rolling: bool) -> tuple[Step, ...]:
    """The way back: traffic that was shifted is shifted back, and the hooks of its stage are called again."""
    if rolling:
        return _rolling(0.0)
    back: list[Step] = []
    if traffic.production:
        shifted = Traffic(production=0.0, test=traffic.test)
        stage = Stage.PRODUCTION_TRAFFIC_SHIFT
        back.append(Step(stage=stage, traffic=shifted, hooks=HookStage.PRODUCTION_TRAFFIC_SHIFT))
    if traffic.test:
        back.append(Step(stage=Stage.TEST_TRAFFIC_SHIFT, traffic=NOTHING, hooks=HookStage.TEST_TRAFFIC_SHIFT))
    return (*back, Step(stage=Stage.CLEAN_UP, traffic=NOTHING))
