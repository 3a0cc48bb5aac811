"""Reads how an environment is: what was deployed, what of it runs, and which policies are in force.

`await_healthy` waits until its services are healthy, as far as waiting can help.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from cli.project import LAYERS
from cli.releases.errors import LedgerError
from cli.releases.ledger import open_ledger
from cli.releases.release import Release, holding, serving
from cli.terminal.progress import Screen
from cli.worlds.world import (
    FAILED,
    MISSING,
    EnforcedPermissions,
    KeptTelemetry,
    RunningFault,
    RunningFunction,
    RunningService,
    World,
    deployed_platform,
    deployed_workloads,
)
from policies.calls.store.policy_store import PolicyStore
from stacks.outputs import RecordedPlatform

CLOCK_SECONDS = 5
"""How far the clocks of governance and of a callee may be apart; a grant may count that much longer."""
LONGEST_SECONDS = 60.0
_PAUSE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStatus:
    """The release that serves, the newest, and the one that the environment is held at; None without one.

    `trouble` says why they are not known.
    """

    serving: Release | None = None
    newest: Release | None = None
    held: Release | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentStatus:
    """How an environment is now.

    `resources` are counted by layer; `address` is the URL of the load balancer, empty without one;
    `endpoint` is where AWS is asked. The policy version is empty when none is published; a forbid that is
    published is in force everywhere after `forbid_seconds`. In one second, `time_scale` seconds of AWS pass.
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
    time_scale: float = 1.0
    permissions: EnforcedPermissions | None = None
    release: ReleaseStatus = field(default_factory=ReleaseStatus)

    @property
    def healthy(self) -> bool:
        """Whether every service is there and has as many healthy tasks as it wants."""
        return all(
            service.healthy >= service.desired and service.rollout != MISSING for service in self.services
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the services, in words."""
        return tuple(service.problem for service in self.services if service.problem)

    @property
    def rolled_back(self) -> bool:
        """Whether ECS went back to an earlier deployment of any service."""
        return any(service.rolled_back for service in self.services)


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
        time_scale=running.time_scale,
        permissions=running.permissions,
        release=read_release(world, platform),
    )


def read_release(world: World, platform: RecordedPlatform) -> ReleaseStatus:
    """Read which release serves; what keeps that from being known is said in its `trouble`."""
    try:
        releases = open_ledger(world, platform).releases()
    except LedgerError as error:
        return ReleaseStatus(trouble=error.message)
    return release_status(releases)


def release_status(releases: Sequence[Release]) -> ReleaseStatus:
    """What the releases of an environment, the oldest first, say of it."""
    newest = releases[-1] if releases else None
    return ReleaseStatus(serving=serving(releases), newest=newest, held=holding(releases))


def find_address(world: World) -> str:
    """The URL at which clients reach the load balancer, empty without one; raises NotDeployedError."""
    return world.running(deployed_platform(world), deployed_workloads(world)).address


def await_healthy(
    world: World,
    screen: Screen,
    *,
    longest: float = LONGEST_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> EnvironmentStatus:
    """The status once every service is healthy, or as it is after `longest` seconds.

    A task that ended is started again by ECS: that is worth waiting for. A deployment that failed, and a
    service that is gone, stay so. Raises what `read_status` raises.
    """
    deadline, told = clock() + longest, False
    while True:
        found = read_status(world)
        ill = [service for service in found.services if service.healthy < service.desired]
        hopeless = any(service.rollout in (FAILED, MISSING) for service in found.services)
        if not ill or hopeless or clock() >= deadline:
            return found
        if not told:
            told = True
            named = ", ".join(service.name for service in ill)
            screen.stage(f"waiting at most {longest:g} s for healthy tasks of {named}")
        sleep(_PAUSE)
