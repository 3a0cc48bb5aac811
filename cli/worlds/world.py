"""The interface of a world: the place where an environment lives.

A command opens a world once (opening.py) and never asks which one it is. Opening starts nothing and asks
nothing: a world looks for what it needs, such as a running sandbox, when it is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cli.environment import Environment
from cli.errors import NotDeployedError, UsageError
from stacks.names import Layer
from stacks.outputs import RecordedPlatform, RecordedWorkloads

if TYPE_CHECKING:
    # they import Pulumi, which only a deployment needs
    import threading

    from botocore.credentials import Credentials

    from cli.project import Project
    from cli.terminal.progress import Screen
    from sandbox.engine.engine import UpdateResult
    from sandbox.engine.planning.drift import StackDrift
    from sandbox.engine.planning.steps import StackPlan
    from sandbox.engine.program.program import Program
    from sandbox.engine.running.progress import Watcher
    from sandbox.engine.running.refresh import Observation
    from sandbox.engine.values.properties import PropertyMap


class Ability(StrEnum):
    """An operation that some worlds do not have."""

    CHOOSE_PORTS = "choosing ports of this machine and the pace of time"
    PLAY_FAULTS = "playing faults"
    MAKE_IMAGES = "making images of the working tree"
    SKIP_UNCHANGED = "recognizing without a plan that nothing has changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChoices:
    """Chosen ports of this machine, for the emulated AWS and for the load balancer; 0 takes a free one.

    `time_scale`: how many seconds of AWS pass in one; 0 leaves it as it is.
    """

    emulator: int = 0
    load_balancer: int = 0
    time_scale: float = 0


FAILED, MISSING = "FAILED", "MISSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningService:
    """A service: how many tasks are wanted, run and are healthy.

    `rollout` is ECS's state of the newest deployment (`COMPLETED`, `IN_PROGRESS` or `FAILED`), or `MISSING`
    where ECS has no such service; `reason` explains it; `task_definition` is family and revision.
    `rolled_back`: ECS went back to the one before, because the newest failed.
    """

    name: str
    desired: int
    running: int
    healthy: int
    rollout: str
    reason: str
    task_definition: str
    rolled_back: bool = False

    @property
    def problem(self) -> str:
        """What is wrong with it, in words; empty where it runs as it should."""
        if self.rollout == MISSING:
            return f"`{self.name}` is not in ECS"
        if self.rolled_back:
            return f"`{self.name}` was rolled back to {self.task_definition}: {self.reason}"
        if self.rollout == FAILED or self.healthy < self.desired:
            return f"`{self.name}` has {self.healthy} of {self.desired} tasks healthy: {self.reason}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFunction:
    """A function that has run; `replaced_packages` were exchanged for those built for this machine."""

    name: str
    replaced_packages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTelemetry:
    """What a sandbox keeps of logs, traces or metrics: bytes (metrics: data) held and at most, and how many
    lines, segments or data have gone, the oldest first.
    """

    kind: str
    held: int
    bound: int
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFault:
    """A fault that is on: target as `myelin fault` names it, what is wrong, seconds left, requests met."""

    target: str
    trouble: str
    seconds_left: float
    met: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcedPermissions:
    """What a sandbox allowed and denied by IAM since it was started.

    `denials` are the last, each with `at`, `by` and `message`; `used` has, by ARN of a principal, its actions
    with the statement that allowed them.
    """

    allowed: int
    denied: int
    denials: tuple[Mapping[str, str], ...]
    used: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The running parts of an environment.

    `address` is the URL at which clients reach the load balancer, empty without one. `started_at` is when the
    sandbox was started (ISO 8601), empty in a world that is always there. In one second, `time_scale` seconds
    of AWS pass. `permissions` is None where AWS itself enforces them.
    """

    services: tuple[RunningService, ...]
    functions: tuple[RunningFunction, ...]
    address: str
    started_at: str
    faults: tuple[RunningFault, ...] = ()
    telemetry: tuple[KeptTelemetry, ...] = ()
    time_scale: float = 1.0
    permissions: EnforcedPermissions | None = None


class Deployer(Protocol):
    """Runs the programs of stacks: our engine, or Pulumi's."""

    def preview(
        self,
        program: Program,
        *,
        predicted: Mapping[str, PropertyMap] | None = None,
        observed: Observation | None = None,
    ) -> tuple[StackPlan, PropertyMap]:
        """The plan of a stack, and the outputs that it would have; changes nothing.

        `predicted` has the outputs of stacks that were previewed before, in place of their recorded ones;
        `observed` is what was found of this stack and is not recorded yet.
        """
        ...

    def up(
        self, program: Program, *, watch: Watcher, cancelled: threading.Event, keep_leftovers: bool
    ) -> UpdateResult:
        """Bring a stack to what its program declares; with `keep_leftovers`, delete nothing yet.

        Raises InterruptedRunError once `cancelled` is set.
        """
        ...


class World(Protocol):
    """The place where one environment lives: on AWS, or in a sandbox.

    Everything that looks at the environment or asks AWS raises NotRunningError while no sandbox runs.
    """

    @property
    def environment(self) -> Environment:
        """The environment as its stack files declare it."""
        ...

    @property
    def limits(self) -> Mapping[Ability, str]:
        """The operations that this world does not have, each with the reason."""
        ...

    @property
    def endpoint(self) -> str:
        """The URL at which AWS is asked."""
        ...

    @property
    def credentials(self) -> Credentials:
        """The credentials that requests are signed with."""
        ...

    def actor(self) -> str:
        """The ARN of the identity that AWS sees behind the credentials."""
        ...

    def client(self, service: str) -> Any:
        """A boto3 client of an AWS service."""
        ...

    def platform(self) -> RecordedPlatform | None:
        """The outputs of the deployed platform, None when it was never deployed."""
        ...

    def workloads(self) -> RecordedWorkloads | None:
        """The outputs of the deployed services, None when they were never deployed."""
        ...

    def resource_count(self, layer: Layer) -> int:
        """How many resources are recorded of a layer."""
        ...

    def deployed_environments(self) -> tuple[str, ...]:
        """The names of all environments that are deployed in the same place."""
        ...

    def observe(self, layer: Layer) -> Observation:
        """The resources of a layer that are not as recorded; changes nothing. Raises StateError."""
        ...

    def find_drift(
        self, program: Program, *, predicted: Mapping[str, PropertyMap]
    ) -> tuple[StackDrift, PropertyMap]:
        """What of a stack AWS has otherwise than declared, and the outputs that it would have."""
        ...

    def record(self, observation: Observation) -> None:
        """Record what was observed, so that the next deployment mends it."""
        ...

    def durable_resources(self) -> Mapping[str, str]:
        """The recorded resources that hold data, by URN, each with what tells it from one in its place."""
        ...

    def with_environment(self, environment: Environment) -> World:
        """The same place with other stack files: those of a release."""
        ...

    def restore_records(self) -> tuple[Path, ...]:
        """Put copies in the place of records that are lost or broken; the files that were put back."""
        ...

    def unrecorded_services(self) -> tuple[str, ...]:
        """The services that run in this place, as `cluster/name`, and that no record names."""
        ...

    def running(self, platform: RecordedPlatform, workloads: RecordedWorkloads) -> Running:
        """The running parts of the environment, as they are now."""
        ...

    def remove(self, screen: Screen, cancelled: threading.Event) -> None:
        """Delete everything of the environment, the highest layer first; what else is in the place stays.

        Raises LockedError, the first error of a step, and InterruptedRunError once `cancelled` is set.
        """
        ...

    def begin_fault(self, fault: Mapping[str, Any]) -> None:
        """Have a fault played: `target` in the words of `myelin fault`, `seconds`, and what is wrong.

        Raises UsageError for a target that there is not, NotDeployedError, NotRunningError.
        """
        ...

    def end_fault(self, target: str) -> bool:
        """End the fault of a target now; whether there was one. Raises as `begin_fault` does."""
        ...

    def leftovers(self) -> tuple[int, ...]:
        """The ids of processes that a killed sandbox has left on this machine."""
        ...

    def rehearsing(self) -> AbstractContextManager[tuple[Project, World]]:
        """A sandbox that ends with the block, and the project with its folder; nothing is deployed there."""
        ...

    def rehearse_updates(self, layer: Layer) -> tuple[str, ...]:
        """Update every resource of a layer to what it is already; in words, the updates that were refused."""
        ...

    def resource_types(self, layer: Layer) -> frozenset[str]:
        """The types of the recorded resources of a layer."""
        ...

    def enforced_permissions(self) -> EnforcedPermissions | None:
        """What was allowed and denied so far; None where AWS itself enforces it. Raises NotRunningError."""
        ...

    def previewing(self) -> AbstractContextManager[World]:
        """A world in which a deployment can be previewed; it may end with the block."""
        ...

    def deploying(self, choices: LocalChoices) -> AbstractContextManager[None]:
        """Lock the environment against other deployments, and start what a deployment needs.

        Raises LockedError, and UsageError for choices that cannot be had.
        """
        ...

    @property
    def deployer(self) -> Deployer:
        """The runner of stack programs."""
        ...

    @property
    def fingerprint_file(self) -> Path:
        """The file for the fingerprint of the last deployment; it goes when the deployed resources go."""
        ...


def require_ability(world: World, ability: Ability) -> None:
    """Raise UsageError, with the reason, when a world does not have an operation."""
    reason = world.limits.get(ability)
    if reason is not None:
        raise UsageError(f"{ability} is not possible for `{world.environment.name}`", hint=reason)


def deployed_platform(world: World) -> RecordedPlatform:
    """The outputs of the platform; raises NotDeployedError."""
    platform = world.platform()
    if platform is None:
        raise _not_deployed(world)
    return platform


def deployed_workloads(world: World) -> RecordedWorkloads:
    """The outputs of the services; raises NotDeployedError."""
    workloads = world.workloads()
    if workloads is None:
        raise _not_deployed(world)
    return workloads


def _not_deployed(world: World) -> NotDeployedError:
    return NotDeployedError(world.environment.name, deployed=world.deployed_environments())
