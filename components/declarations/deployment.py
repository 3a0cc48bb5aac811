"""How a new release of a service takes over the traffic: the table `[deployment]` of a declaration."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SmokePath = Annotated[
    str,
    Field(
        pattern=r"^/[A-Za-z0-9_.~/-]*$",
        max_length=128,
        description="an absolute path without `*`, as `/health`",
    ),
]
"""No wildcard: it is asked for, and not matched."""

LEAST_LINEAR_PERCENT = 3.0
"""ECS takes no smaller steps: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html"""


class DeploymentStrategy(StrEnum):
    """ECS's own strategies.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service-options.html
    """

    ROLLING = "rolling"
    """New tasks take the place of old ones, a few at a time."""
    BLUE_GREEN = "blue_green"
    """All new tasks beside the old ones, then all traffic at once."""
    CANARY = "canary"
    """The same, with a small share of the traffic first."""
    LINEAR = "linear"
    """The same, with the traffic in equal steps."""

    @property
    def shifts(self) -> bool:
        """Whether ECS shifts traffic between two sets of tasks, so that the new one can be tested before."""
        return self is not DeploymentStrategy.ROLLING

    @property
    def steps(self) -> bool:
        """Whether it does so in more than one step."""
        return self in (DeploymentStrategy.CANARY, DeploymentStrategy.LINEAR)


class Pause(StrEnum):
    """Where a deployment stops until somebody lets it go on."""

    NONE = "none"
    BEFORE_TRAFFIC = "before_traffic"
    """Once, when the new release has passed the smoke test and before it gets any traffic."""
    EACH_STEP = "each_step"
    """Before each share of the traffic."""


class DeploymentDeclaration(BaseModel):
    """What the declaration says; None is the environment's setting, or else ECS's own value.

    `percent` is the first share of a canary, or each step of a linear shift, and `step_minutes` how long it
    lasts; `bake_minutes` is how long the old tasks are kept after the last step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    strategy: DeploymentStrategy | None = Field(
        default=None, strict=False, description="`rolling`, `blue_green`, `canary` or `linear`"
    )
    percent: float | None = Field(default=None, ge=0.1, le=100, description="a percentage from 0.1 to 100")
    step_minutes: int | None = Field(default=None, ge=0, le=1440, description="minutes from 0 to 1440")
    bake_minutes: int | None = Field(default=None, ge=0, le=1440, description="minutes from 0 to 1440")
    pause: Pause = Field(
        default=Pause.NONE, strict=False, description="`none`, `before_traffic` or `each_step`"
    )
    pause_minutes: int | None = Field(
        default=None, ge=1, le=20_160, description="minutes from 1 to 20160 (14 days)"
    )
    smoke: tuple[SmokePath, ...] = Field(
        default=(), strict=False, max_length=5, description="a list of at most 5 paths"
    )

    @property
    def shifts(self) -> bool:
        """Whether it is declared that traffic is shifted; without a declaration the settings say it."""
        return self.strategy is not None and self.strategy.shifts


def misplaced_keys(deployment: DeploymentDeclaration) -> Iterator[tuple[str, str, str]]:
    """Keys that go with no strategy, or with another one: the key, what is wrong, and the way out."""
    strategy = deployment.strategy or DeploymentStrategy.ROLLING
    said = f'`strategy = "{strategy}"`' if deployment.strategy else "no `strategy`"
    for key in ("percent", "step_minutes"):
        if getattr(deployment, key) is not None and not strategy.steps:
            yield key, f"is only for steps, and there is {said}", 'set `strategy = "canary"` or `"linear"`'
    if deployment.bake_minutes is not None and not strategy.shifts:
        yield (
            "bake_minutes",
            f"is only for strategies that keep the old tasks, and there is {said}",
            'set `strategy = "blue_green"`, `"canary"` or `"linear"`',
        )
    if deployment.pause is not Pause.NONE and not strategy.shifts:
        yield (
            "pause",
            f"is only for strategies that shift traffic, and there is {said}",
            'set `strategy = "blue_green"`, `"canary"` or `"linear"`',
        )
    if deployment.pause is Pause.EACH_STEP and strategy is DeploymentStrategy.BLUE_GREEN:
        yield "pause", f"has no steps to stop at with {said}", 'set `pause = "before_traffic"`'
    if deployment.pause_minutes is not None and deployment.pause is Pause.NONE:
        yield "pause_minutes", "is only for a deployment that pauses", 'set `pause = "before_traffic"`'
    percent = deployment.percent
    if percent is not None and strategy is DeploymentStrategy.LINEAR and percent < LEAST_LINEAR_PERCENT:
        yield (
            "percent",
            f"of `{percent:g}` is below the {LEAST_LINEAR_PERCENT:g} that ECS takes as a step",
            'raise it, or set `strategy = "canary"`, which takes 0.1',
        )
    if percent is not None and not _is_tenth(percent):
        yield "percent", f"of `{percent:g}` is no multiple of 0.1", "round it"


def _is_tenth(percent: float) -> bool:
    return abs(percent * 10 - round(percent * 10)) < 1e-6
