"""A service's deployment configuration, as it is described and as a value."""

from __future__ import annotations

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
    ThresholdType,
    parse_deployment_settings,
)


@pytest.mark.parametrize(
    ("described", "percent", "minutes"),
    [
        ({"strategy": "CANARY"}, 5, 10),
        ({"strategy": "LINEAR"}, 10, 6),
        (
            {
                "strategy": "CANARY",
                "canaryConfiguration": {"canaryPercent": 0.1, "canaryBakeTimeInMinutes": 0},
            },
            0.1,
            0,
        ),
        (
            {
                "strategy": "LINEAR",
                "linearConfiguration": {"stepPercent": 33.3, "stepBakeTimeInMinutes": 2},
            },
            33.3,
            2,
        ),
        ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}, 100, 0),
        ({}, 100, 0),
    ],
)
def test_steps_are_those_declared_or_the_defaults_of_ecs(
    described: dict[str, Any], percent: float, minutes: float
) -> None:
    """DEL-4: 5 percent for 10 minutes, 10 percent every 6 minutes, everything at once."""
    settings = parse_deployment_settings(described)
    assert (settings.step_percent, settings.step_minutes) == (percent, minutes)
    assert settings.shifts_traffic is bool(described)


def test_everything_that_is_described_is_read() -> None:
    """Hooks with their targets and time-outs, alarms, and the circuit breaker with its threshold."""
    assert parse_deployment_settings(
        {
            "strategy": "BLUE_GREEN",
            "bakeTimeInMinutes": 15,
            "lifecycleHooks": [
                {
                    "hookTargetArn": "arn",
                    "roleArn": "role",
                    "lifecycleStages": ["POST_SCALE_UP"],
                    "hookDetails": {"paths": ["/"]},
                },
                {
                    "targetType": "PAUSE",
                    "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
                    "timeoutConfiguration": {"timeoutInMinutes": 5, "action": "CONTINUE"},
                },
            ],
            "alarms": {"alarmNames": ["a"], "enable": True, "rollback": True},
            "deploymentCircuitBreaker": {
                "enable": True,
                "rollback": True,
                "resetOnHealthyTask": False,
                "thresholdConfiguration": {"type": "COUNT", "value": 7},
            },
        }
    ) == DeploymentSettings(
        strategy=Strategy.BLUE_GREEN,
        bake_minutes=15,
        hooks=(
            LifecycleHook(
                target_arn="arn", stages=frozenset({HookStage.POST_SCALE_UP}), details={"paths": ["/"]}
            ),
            LifecycleHook(
                target=HookTarget.PAUSE,
                stages=frozenset({HookStage.PRE_PRODUCTION_TRAFFIC_SHIFT}),
                timeout_minutes=5,
                timeout_action=HookAction.CONTINUE,
            ),
        ),
        alarms=DeploymentAlarms(names=("a",), enabled=True, rollback=True),
        breaker=DeploymentCircuitBreaker(
            enabled=True,
            rollback=True,
            reset_on_healthy_task=False,
            threshold_type=ThresholdType.COUNT,
            threshold_value=7,
        ),
    )


@pytest.mark.parametrize(
    ("kind", "value", "desired", "threshold"),
    [
        *(
            (ThresholdType.BOUNDED_PERCENT, 50, *pair)
            for pair in ((0, 3), (1, 3), (6, 3), (7, 4), (1000, 200))
        ),
        (ThresholdType.UNBOUNDED_PERCENT, 50, 1, 1),
        (ThresholdType.UNBOUNDED_PERCENT, 50, 1000, 500),
        (ThresholdType.UNBOUNDED_PERCENT, 50, 0, 1),
        (ThresholdType.COUNT, 7, 1000, 7),
    ],
)
def test_the_threshold_is_that_of_ecs(kind: ThresholdType, value: int, desired: int, threshold: int) -> None:
    """DEL-3: half of the desired count, at least 3, at most 200; or as it is set."""
    breaker = DeploymentCircuitBreaker(threshold_type=kind, threshold_value=value)
    assert breaker.threshold(desired) == threshold
