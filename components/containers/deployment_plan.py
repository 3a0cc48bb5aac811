"""How ECS replaces the tasks of a service by those of a new revision. Pure.

What is wanted is decided here, from a declaration and the environment's defaults; service.py hands it to ECS.
`ROLLING` starts new tasks beside the old ones, never has fewer healthy ones than wanted, and goes back by
itself when new tasks keep failing. The others start as many new tasks as there are old ones, test them, and
then shift the traffic: at once, by a first share, or in steps.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.declarations import DeploymentStrategy, Pause, ServiceDeclaration

CANARY_PERCENT, LINEAR_PERCENT = 5.0, 10.0
CANARY_MINUTES, LINEAR_MINUTES = 10, 6
"""ECS's own values where nothing is said."""
PAUSE_MINUTES = 1440
"""How long ECS waits for somebody before it rolls back, where nothing is said."""
SMOKE_STAGE = "POST_TEST_TRAFFIC_SHIFT"
"""The new tasks have all test traffic and none of anybody else's; it comes once in a deployment."""
STEP_STAGE = "PRE_PRODUCTION_TRAFFIC_SHIFT"
"""It comes before each step."""
START_MINUTES = 30
"""What a deployment may take beside its steps, bake and pauses: tasks start, are tested, and drain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentDefaults:
    """What an environment says of services that do not say it themselves.

    `strategy` is of services with ingress; one without rolls, unless its declaration says otherwise.
    """

    strategy: DeploymentStrategy = DeploymentStrategy.ROLLING
    step_minutes: int | None = None
    bake_minutes: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPlan:
    """ECS's deployment configuration: the percentages of tasks are of the desired count.

    `breaker` fails a deployment whose tasks keep failing, and goes back to the last that completed. AWS
    documents it for rolling updates alone, so nothing else rests on it. `percent` and `step_minutes` are of
    the steps of a canary or a linear shift. `pause_stage` is where somebody has to let the deployment go on,
    within `pause_minutes`.
    """

    strategy: DeploymentStrategy
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    percent: float | None = None
    step_minutes: int = 0
    bake_minutes: int = 0
    breaker: bool = True
    pause_stage: str | None = None
    pause_minutes: int = 0

    @property
    def shares(self) -> tuple[float, ...]:
        """The percentages of traffic that the new tasks have, one after the other; the last is 100."""
        if self.percent is None:
            return (100.0,)
        if self.strategy is DeploymentStrategy.CANARY:
            return tuple(dict.fromkeys((self.percent, 100.0)))
        steps = math.ceil(round(100 / self.percent, 6))
        return (*(round(self.percent * step, 1) for step in range(1, steps)), 100.0)

    @property
    def minutes(self) -> int:
        """How long a deployment may take. AWS's provider stops to wait after 20 minutes unless it is told."""
        pauses = {None: 0, STEP_STAGE: len(self.shares)}.get(self.pause_stage, 1)
        return START_MINUTES + self.watched_minutes + self.pause_minutes * pauses

    @property
    def watched_minutes(self) -> int:
        """How long the new tasks have traffic while it can still go back by itself: steps and bake."""
        return self.step_minutes * (len(self.shares) - 1) + self.bake_minutes

    def configuration(self, hooks: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """The argument `deployment_configuration` of an ECS service; `hooks` come beside the pause."""
        found: dict[str, Any] = {"strategy": self.strategy.value.upper()}
        if not self.strategy.shifts:
            return found
        found["bake_time_in_minutes"] = str(self.bake_minutes)
        if self.strategy is DeploymentStrategy.CANARY:
            found["canary_configuration"] = {
                "canary_percent": self.percent,
                "canary_bake_time_in_minutes": str(self.step_minutes),
            }
        elif self.strategy is DeploymentStrategy.LINEAR:
            found["linear_configuration"] = {
                "step_percent": self.percent,
                "step_bake_time_in_minutes": str(self.step_minutes),
            }
        found["lifecycle_hooks"] = [*hooks, *self._pause()]
        return found

    def circuit_breaker(self) -> dict[str, object]:
        """The argument `deployment_circuit_breaker` of an ECS service."""
        return {"enable": self.breaker, "rollback": self.breaker}

    def _pause(self) -> list[dict[str, Any]]:
        if self.pause_stage is None:
            return []
        return [
            {
                "target_type": "PAUSE",
                "lifecycle_stages": [self.pause_stage],
                "timeout_configuration": {
                    "action": "ROLLBACK",
                    "timeout_in_minutes": str(self.pause_minutes),
                },
            }
        ]


def plan_deployment(
    service: ServiceDeclaration, defaults: DeploymentDefaults | None = None
) -> DeploymentPlan:
    """The deployment of a service: as declared, else as the environment has it, else as ECS does it."""
    declared, defaults = service.deployment, defaults or DeploymentDefaults()
    strategy = declared.strategy or (defaults.strategy if service.ingress else DeploymentStrategy.ROLLING)
    if not strategy.shifts:
        return DeploymentPlan(strategy=strategy)
    canary = strategy is DeploymentStrategy.CANARY
    own_minutes = CANARY_MINUTES if canary else LINEAR_MINUTES
    own_percent = CANARY_PERCENT if canary else LINEAR_PERCENT
    pauses = declared.pause is not Pause.NONE
    return DeploymentPlan(
        strategy=strategy,
        percent=(declared.percent or own_percent) if strategy.steps else None,
        step_minutes=_first(declared.step_minutes, defaults.step_minutes, own_minutes)
        if strategy.steps
        else 0,
        bake_minutes=_first(declared.bake_minutes, defaults.bake_minutes),
        pause_stage=(STEP_STAGE if declared.pause is Pause.EACH_STEP else SMOKE_STAGE) if pauses else None,
        pause_minutes=(declared.pause_minutes or PAUSE_MINUTES) if pauses else 0,
    )


def _first(*minutes: int | None) -> int:
    """The first that is said; 0 is."""
    return next(found for found in minutes if found is not None)
