"""Tells of deployments that are over before an alarm of theirs could be red. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from components.alarms.service_alarms import RED_AFTER_MINUTES
from components.containers.deployment_plan import DeploymentDefaults, DeploymentPlan, plan_deployment
from components.declarations import ServiceDeclaration


def short_shifts(services: Iterable[ServiceDeclaration], defaults: DeploymentDefaults) -> Iterator[str]:
    """A warning for each service whose traffic is shifted, and given up to be watched, too soon.

    It stops nothing: an image that fails requests may take all traffic then, and the deployment succeeds.
    """
    for service in services:
        plan = plan_deployment(service, defaults)
        if plan.strategy.shifts and plan.watched_minutes <= RED_AFTER_MINUTES:
            yield _warning(service.name, plan)


def _warning(service: str, plan: DeploymentPlan) -> str:
    steps = len(plan.shares) - 1
    parts = [f"{steps} x {plan.step_minutes} min of steps"] if steps else []
    parts.append(f"{plan.bake_minutes} min of bake")
    return (
        f"the deployment of `{service}` ({plan.strategy.value}) is watched for {plan.watched_minutes} min, "
        f"{' and '.join(parts)}, and its alarms need up to {RED_AFTER_MINUTES} min to turn red: an image "
        "that fails requests would take all traffic; make `step_minutes` or `bake_minutes` longer"
    )
