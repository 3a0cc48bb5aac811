"""Keeps the desired count of a service within the bounds of its scalable target.

Application Auto Scaling does so at once when a target is registered or changed, and otherwise with the next
alarm of a policy. No policy is played here, so a count that somebody set outside the bounds is corrected at
once, too. moto keeps targets and does nothing with them.
https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.cloud.ecs.service import DesiredService

_DIMENSION = "ecs:service:DesiredCount"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingBounds:
    """The fewest and the most tasks that a scalable target allows; a direction may be suspended."""

    minimum: int
    maximum: int
    out_suspended: bool = False
    in_suspended: bool = False

    def within(self, desired: int) -> int:
        """The count nearest to the desired one that is allowed, as far as the directions are open."""
        if desired < self.minimum and not self.out_suspended:
            return self.minimum
        if desired > self.maximum and not self.in_suspended:
            return self.maximum
        return desired


def read_bounds(aws: Callable[[str], Any]) -> dict[str, ScalingBounds]:
    """The bounds of every service that has a scalable target, by the service's key."""
    pages = aws("application-autoscaling").get_paginator("describe_scalable_targets")
    found: dict[str, ScalingBounds] = {}
    for page in pages.paginate(ServiceNamespace="ecs", ScalableDimension=_DIMENSION):
        for target in page["ScalableTargets"]:
            suspended = target.get("SuspendedState") or {}
            found[str(target["ResourceId"]).removeprefix("service/")] = ScalingBounds(
                minimum=target["MinCapacity"],
                maximum=target["MaxCapacity"],
                out_suspended=bool(suspended.get("DynamicScalingOutSuspended")),
                in_suspended=bool(suspended.get("DynamicScalingInSuspended")),
            )
    return found


def keep_within_bounds(
    aws: Callable[[str], Any], services: Mapping[str, DesiredService]
) -> dict[str, DesiredService]:
    """The services by key, each with a count within its bounds; ECS is told of those that had another."""
    bounds = read_bounds(aws) if services else {}
    kept = dict(services)
    for key, service in services.items():
        own = bounds.get(key)
        desired = own.within(service.desired_count) if own else service.desired_count
        if desired != service.desired_count:
            aws("ecs").update_service(cluster=service.cluster, service=service.name, desiredCount=desired)
            kept[key] = replace(service, desired_count=desired)
    return kept
