"""Reads how an environment is: what was deployed, what of it runs, and which policies are in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from cli.project import LAYERS
from cli.worlds.world import (
    KeptTelemetry,
    RunningFault,
    RunningFunction,
    RunningService,
    World,
    deployed_platform,
    deployed_workloads,
)
from policies.calls.store.policy_store import PolicyStore

CLOCK_SECONDS = 5
"""How far the clocks of governance and of a callee may be apart; a grant may count that much longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentStatus:
    """How an environment is now.

    `resources` are counted by layer; `address` is the URL of the load balancer, empty without one;
    `endpoint` is where AWS is asked. The policy version is empty when none is published; a forbid that is
    published is in force everywhere after `forbid_seconds`.
    """

    environment: str
    resources: Mapping[str, int]
    services: tuple[RunningService, ...]
    functions: tuple[RunningFunction, ...]
    address: str
    endpoint: str
    policy_version: str
    policy_published_at: str
    forbid_seconds: int
    started_at: str
    faults: tuple[RunningFault, ...] = ()
    telemetry: tuple[KeptTelemetry, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether every service has as many healthy tasks as it wants."""
        return all(service.healthy >= service.desired for service in self.services)


def read_status(world: World) -> EnvironmentStatus:
    """Read how an environment is; raises NotRunningError or NotDeployedError."""
    platform, workloads = deployed_platform(world), deployed_workloads(world)
    running = world.running(platform, workloads)
    current = PolicyStore(world.client("dynamodb"), platform.policy_table_name).pointer()
    return EnvironmentStatus(
        environment=world.environment.name,
        resources={layer: world.resource_count(layer) for layer in LAYERS},
        services=running.services,
        functions=running.functions,
        address=running.address,
        endpoint=world.endpoint,
        policy_version=current.version if current else "",
        policy_published_at=current.published_at if current else "",
        forbid_seconds=ceil(float(platform.grant_bound_seconds)) + CLOCK_SECONDS,
        started_at=running.started_at,
        faults=running.faults,
        telemetry=running.telemetry,
    )


def find_address(world: World) -> str:
    """The URL at which clients reach the load balancer, empty without one; raises NotDeployedError."""
    return world.running(deployed_platform(world), deployed_workloads(world)).address
