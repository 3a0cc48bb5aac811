"""Refuses deployment configurations that ECS refuses, and those that the scheduler does not play.

Played as something else, a rehearsal would prove nothing.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.ecs.exceptions import InvalidParameterException

from sandbox.cloud.ecs.deployment_settings import (
    SHIFTS,
    DeploymentSettings,
    HookTarget,
    LifecycleHook,
    Strategy,
    parse_deployment_settings,
)

_BOUNDS = {Strategy.CANARY: (0.1, "canaryPercent"), Strategy.LINEAR: (3.0, "stepPercent")}
_LONGEST_MINUTES = 1440
_LONGEST_HOOK_MINUTES = 20160


def refuse_invalid(parameters: Mapping[str, Any], service: Any = None) -> None:
    """Raise InvalidParameterException for what CreateService or UpdateService cannot take.

    `service` is the one of moto's model that is updated.
    """
    given = parameters.get("deploymentConfiguration")
    if given is None and "loadBalancers" not in parameters:
        return
    before = getattr(service, "deployment_configuration", None) or {}
    described = before if given is None else given
    balancers = parameters.get("loadBalancers")
    if balancers is None:
        balancers = getattr(service, "load_balancers", None) or ()
    try:
        settings = parse_deployment_settings(described)
    except ValueError as error:
        raise InvalidParameterException(str(error)) from error
    wrong = next(_wrong(settings, described, balancers), None)
    if wrong is not None:
        raise InvalidParameterException(wrong)


def _wrong(settings: DeploymentSettings, described: Mapping[str, Any], balancers: Any) -> Iterator[str]:
    yield from _wrong_times(settings, described)
    for hook in settings.hooks:
        yield from _wrong_hook(hook)
    if settings.shifts_traffic:
        yield from _wrong_shift(settings, balancers)
    elif settings.hooks:
        yield "the sandbox does not play lifecycle hooks of a ROLLING deployment"


def _wrong_times(settings: DeploymentSettings, described: Mapping[str, Any]) -> Iterator[str]:
    strategy, percent = settings.strategy, settings.step_percent
    if strategy is Strategy.BLUE_GREEN and described.get("bakeTimeInMinutes") is None:
        yield "bakeTimeInMinutes must be given with the deployment strategy BLUE_GREEN"
    if not 0 <= settings.bake_minutes <= _LONGEST_MINUTES:
        yield f"bakeTimeInMinutes must be between 0 and {_LONGEST_MINUTES}"
    for name, owner in (("canaryConfiguration", Strategy.CANARY), ("linearConfiguration", Strategy.LINEAR)):
        if described.get(name) and strategy is not owner:
            yield f"{name} is valid with the deployment strategy {owner} only"
    if strategy in _BOUNDS:
        least, name = _BOUNDS[strategy]
        if not least <= percent <= 100 or round(percent, 1) != percent:
            yield f"{name} must be a multiple of 0.1 between {least:g} and 100"
        if not 0 <= settings.step_minutes <= _LONGEST_MINUTES:
            yield f"the bake time of a step must be between 0 and {_LONGEST_MINUTES} minutes"


def _wrong_shift(settings: DeploymentSettings, balancers: Any) -> Iterator[str]:
    for enabled, rollback, label in (
        (settings.alarms.enabled, settings.alarms.rollback, "alarms"),
        (settings.breaker.enabled, settings.breaker.rollback, "deploymentCircuitBreaker"),
    ):
        if enabled and not rollback:
            yield f"the sandbox does not play {label} without rollback in a {settings.strategy} deployment"
    for balancer in balancers:
        advanced = balancer.get("advancedConfiguration") or {}
        if not {"alternateTargetGroupArn", "productionListenerRule", "roleArn"} <= advanced.keys():
            yield (
                f"a load balancer of a {settings.strategy} deployment needs advancedConfiguration with "
                "alternateTargetGroupArn, productionListenerRule and roleArn"
            )


def _wrong_hook(hook: LifecycleHook) -> Iterator[str]:
    if not hook.stages:
        yield "a lifecycle hook needs lifecycleStages"
    if hook.target is HookTarget.AWS_LAMBDA and not hook.target_arn:
        yield "a lifecycle hook that is an AWS_LAMBDA needs hookTargetArn"
    if hook.target is HookTarget.PAUSE and hook.stages & SHIFTS:
        yield "PAUSE hooks cannot be at TEST_TRAFFIC_SHIFT or PRODUCTION_TRAFFIC_SHIFT"
    if not 1 <= hook.timeout_minutes <= _LONGEST_HOOK_MINUTES:
        yield f"timeoutInMinutes must be between 1 and {_LONGEST_HOOK_MINUTES}"
