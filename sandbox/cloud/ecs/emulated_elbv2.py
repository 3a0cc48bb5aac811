"""Writes the tasks of a service into moto's target groups.

moto keys targets by their address alone, and all tasks of the sandbox share one address. Here targets are
kept by address and port, and DescribeTargetHealth finds them by both. Nothing else in the sandbox touches
these objects.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup, elbv2_backends

from sandbox.cloud.ecs.endpoint import TaskEndpoint

_LOCK = threading.RLock()
_INSTALLED = "_myelin_installed"
_STATE = "MyelinState"
_REASONS = {
    "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}


class EmulatedTargetGroups:
    """The writing side of moto's target groups."""

    def report(self, target_group_arn: str, targets: Mapping[TaskEndpoint, str]) -> None:
        """Make these the loopback targets of a group; states are initial, healthy, unhealthy or draining."""
        parts = target_group_arn.split(":")
        with _LOCK:
            group = elbv2_backends[parts[4]][parts[3]].target_groups.get(target_group_arn)
            if group is None:
                return
            others = {key: target for key, target in group.targets.items() if _STATE not in target}
            group.targets = others | {
                endpoint.address: {"Id": endpoint.host, "Port": endpoint.port, _STATE: state}
                for endpoint, state in targets.items()
            }


def install() -> None:
    """Have moto's DescribeTargetHealth find targets by address and port; a second call changes nothing."""
    with _LOCK:
        group: Any = FakeTargetGroup
        if not getattr(group, _INSTALLED, False):
            group.health_for = _find_by_address(group.health_for)
            setattr(group, _INSTALLED, True)


def _find_by_address(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def health_for(self: Any, target: Mapping[str, Any], ec2_backend: Any) -> Any:
        found = self.targets.get(f"{target['Id']}:{target.get('Port')}")
        if found is None:
            return original(self, target, ec2_backend)
        state = found[_STATE]
        reason, description = _REASONS.get(state, (None, None))
        return FakeHealthStatus(
            found["Id"], found["Port"], self.health_check_port, state, reason, description
        )

    return health_for
