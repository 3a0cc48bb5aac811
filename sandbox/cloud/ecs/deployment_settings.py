"""A service's `deploymentConfiguration` as a value: strategy, steps, bakes, hooks, alarms, circuit breaker.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Strategy(StrEnum):
    """How a deployment brings a new revision of a service to its clients."""

    ROLLING = "ROLLING"
    BLUE_GREEN = "BLUE_GREEN"
    CANARY = "CANARY"
    LINEAR = "LINEAR"


class ThresholdType(StrEnum):
    """How the circuit breaker's threshold follows from its value."""

    COUNT = "COUNT"
    BOUNDED_PERCENT = "BOUNDED_PERCENT"
    UNBOUNDED_PERCENT = "UNBOUNDED_PERCENT"


class HookTarget(StrEnum):
    """A lifecycle hook is a function that is called, or a pause until somebody continues."""

    AWS_LAMBDA = "AWS_LAMBDA"
    PAUSE = "PAUSE"


class HookAction(StrEnum):
    """What happens when a hook times out, and what ContinueServiceDeployment may ask for."""

    ROLLBACK = "ROLLBACK"
    CONTINUE = "CONTINUE"


class HookStage(StrEnum):
    """The stages at which hooks may sit."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"


SHIFTS = frozenset({HookStage.TEST_TRAFFIC_SHIFT, HookStage.PRODUCTION_TRAFFIC_SHIFT})
"""The stages at which traffic moves: no pause may sit there, and a rollback calls their hooks again."""

HOOK_TIMEOUT_MINUTES = 1440.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentCircuitBreaker:
    """ECS's `deploymentCircuitBreaker`: whether too many failed tasks fail a deployment, and roll it back.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """

    enabled: bool = False
    rollback: bool = False
    reset_on_healthy_task: bool = True
    threshold_type: ThresholdType = ThresholdType.BOUNDED_PERCENT
    threshold_value: int = 50

    def threshold(self, desired: int) -> int:
        """How many failed tasks open it. A bounded percentage is at least 3 tasks and at most 200."""
        if self.threshold_type is ThresholdType.COUNT:
            return self.threshold_value
        share = math.ceil(desired * self.threshold_value / 100)
        return (
            max(3, min(200, share)) if self.threshold_type is ThresholdType.BOUNDED_PERCENT else max(1, share)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentAlarms:
    """CloudWatch alarms that fail a deployment, and whether that rolls it back."""

    names: tuple[str, ...] = ()
    enabled: bool = False
    rollback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleHook:
    """A hook: what it calls (empty: it pauses), at which stages, with which details, and its time-out."""

    target: HookTarget = HookTarget.AWS_LAMBDA
    target_arn: str = ""
    stages: frozenset[HookStage] = frozenset()
    details: Any = None
    timeout_minutes: float = HOOK_TIMEOUT_MINUTES
    timeout_action: HookAction = HookAction.ROLLBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSettings:
    """How a service is deployed. `step_percent` and `step_minutes` are those of CANARY or LINEAR."""

    strategy: Strategy = Strategy.ROLLING
    bake_minutes: float = 0.0
    step_percent: float = 100.0
    step_minutes: float = 0.0
    hooks: tuple[LifecycleHook, ...] = ()
    alarms: DeploymentAlarms = DeploymentAlarms()
    breaker: DeploymentCircuitBreaker = DeploymentCircuitBreaker()

    @property
    def shifts_traffic(self) -> bool:
        """Whether old and new revision run side by side while traffic moves from one to the other."""
        return self.strategy is not Strategy.ROLLING

    def hooks_at(self, stage: HookStage) -> tuple[LifecycleHook, ...]:
        """The hooks of a stage, in their order."""
        return tuple(hook for hook in self.hooks if stage in hook.stages)


_STEPS = {Strategy.CANARY: ("canary", 5.0, 10.0), Strategy.LINEAR: ("linear", 10.0, 6.0)}
"""The word of a strategy's block, and AWS's defaults: percent, minutes."""


def parse_deployment_settings(described: Mapping[str, Any]) -> DeploymentSettings:
    """Read a `deploymentConfiguration` as DescribeServices gives it."""
    strategy = Strategy(described.get("strategy") or Strategy.ROLLING)
    word, percent, minutes = _STEPS.get(strategy, ("", 100.0, 0.0))
    steps = described.get(f"{word}Configuration") or {}
    percent_name = f"{word if word == 'canary' else 'step'}Percent"
    minutes_name = f"{word if word == 'canary' else 'step'}BakeTimeInMinutes"
    alarms = described.get("alarms") or {}
    return DeploymentSettings(
        strategy=strategy,
        bake_minutes=float(described.get("bakeTimeInMinutes") or 0),
        step_percent=float(_given(steps, percent_name, percent)),
        step_minutes=float(_given(steps, minutes_name, minutes)),
        hooks=tuple(_hook(entry) for entry in described.get("lifecycleHooks") or ()),
        alarms=DeploymentAlarms(
            names=tuple(alarms.get("alarmNames") or ()),
            enabled=bool(alarms.get("enable")),
            rollback=bool(alarms.get("rollback")),
        ),
        breaker=_breaker(described.get("deploymentCircuitBreaker") or {}),
    )


def _given(block: Mapping[str, Any], name: str, default: Any) -> Any:
    value = block.get(name)
    return default if value is None else value


def _breaker(described: Mapping[str, Any]) -> DeploymentCircuitBreaker:
    threshold = described.get("thresholdConfiguration") or {}
    return DeploymentCircuitBreaker(
        enabled=bool(described.get("enable")),
        rollback=bool(described.get("rollback")),
        reset_on_healthy_task=bool(_given(described, "resetOnHealthyTask", default=True)),
        threshold_type=ThresholdType(threshold.get("type") or ThresholdType.BOUNDED_PERCENT),
        threshold_value=int(_given(threshold, "value", 50)),
    )


def _hook(described: Mapping[str, Any]) -> LifecycleHook:
    timeout = described.get("timeoutConfiguration") or {}
    return LifecycleHook(
        target=HookTarget(described.get("targetType") or HookTarget.AWS_LAMBDA),
        target_arn=described.get("hookTargetArn") or "",
        stages=frozenset(HookStage(stage) for stage in described.get("lifecycleStages") or ()),
        details=described.get("hookDetails"),
        timeout_minutes=float(_given(timeout, "timeoutInMinutes", HOOK_TIMEOUT_MINUTES)),
        timeout_action=HookAction(timeout.get("action") or HookAction.ROLLBACK),
    )
