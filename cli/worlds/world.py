"""What a command can do with an environment, wherever that lives.

A command opens a world once (opening.py) and never asks which it is. Opening starts nothing and asks nothing:
what a world needs in order to answer, such as a running sandbox, it looks for when it is first used.
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

    from sandbox.engine.engine import UpdateResult
    from sandbox.engine.planning.steps import StackPlan
    from sandbox.engine.program.program import Program
    from sandbox.engine.running.step_executor import Watcher
    from sandbox.engine.values.properties import PropertyMap


class Ability(StrEnum):
    """What not every world can do."""

    CHOOSE_PORTS = "choosing ports of this machine"
    SKIP_UNCHANGED = "recognizing without a plan that nothing has changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPorts:
    """The ports of this machine where AWS and the load balancer are wanted; 0 takes a free one."""

    emulator: int = 0
    load_balancer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningService:
    """A service as ECS reports it, and how many of its running tasks are healthy.

    `rollout` is ECS's state of the newest deployment, `reason` why it is so.
    """

    name: str
    desired: int
    running: int
    healthy: int
    rollout: str
    reason: str
    task_definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFunction:
    """A function that has run, and the packages of its archive that run here as built for this machine."""

    name: str
    replaced_packages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What runs of an environment.

    `address` is the URL at which clients reach the load balancer, empty without one; `started_at` (ISO 8601)
    is when what it runs in was started, empty where that is always there.
    """

    services: tuple[RunningService, ...]
    functions: tuple[RunningFunction, ...]
    address: str
    started_at: str


class Deployer(Protocol):
    """Runs the programs of stacks: the engine, or what speaks to Pulumi's."""

    def preview(
        self, program: Program, *, predicted: Mapping[str, PropertyMap] | None = None
    ) -> tuple[StackPlan, PropertyMap]:
        """Say what `up` would do, and what the stack's outputs would be.

        `predicted` has the outputs of stacks previewed before, in place of those that are recorded.
        """
        ...

    def up(
        self, program: Program, *, watch: Watcher, cancelled: threading.Event, keep_leftovers: bool
    ) -> UpdateResult:
        """Bring a stack to what its program says; with `keep_leftovers`, delete nothing yet."""
        ...


class World(Protocol):
    """Where one environment lives.

    Whatever looks at the environment or asks AWS raises NotRunningError where there is nothing to ask.
    """

    @property
    def environment(self) -> Environment:
        """The environment, as its stack files say."""
        ...

    @property
    def limits(self) -> Mapping[Ability, str]:
        """What this world cannot do, each with the reason."""
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
        """The names of the environments that are deployed in the same place."""
        ...

    def running(self, platform: RecordedPlatform, workloads: RecordedWorkloads) -> Running:
        """What runs of the environment now."""
        ...

    def leftovers(self) -> tuple[int, ...]:
        """The ids of processes on this machine that were left behind."""
        ...

    def previewing(self) -> AbstractContextManager[World]:
        """A world to preview a deployment in; one that lives no longer than the block, if need be."""
        ...

    def deploying(self, ports: LocalPorts) -> AbstractContextManager[None]:
        """Keep other deployments out, and have everything that a deployment needs run.

        Raises LockedError, and UsageError for ports that cannot be had.
        """
        ...

    @property
    def deployer(self) -> Deployer:
        """What runs the programs of stacks."""
        ...

    @property
    def fingerprint_file(self) -> Path:
        """Where the fingerprint of the last deployment is kept; gone with what was deployed."""
        ...


def require_ability(world: World, ability: Ability) -> None:
    """Raise UsageError, with the reason, for what a world cannot do."""
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
