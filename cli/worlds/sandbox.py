"""A project's sandbox as a world: AWS emulated by a background process on this machine.

All environments of a project live in one sandbox. What was deployed is recorded beside it, and goes with it:
each start of the background process is an incarnation with records of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.environment import Environment
from cli.errors import HostUnreadableError, NotRunningError
from cli.lock import hold_lock
from cli.project import Project
from cli.worlds.aws_clients import SandboxClients
from cli.worlds.faults import find_target
from cli.worlds.host_status import read_permissions, read_running, unrecorded_services
from cli.worlds.identities import identity_key
from cli.worlds.sandbox_host import STATES, find_or_start_host, temporary_host
from cli.worlds.world import (
    Ability,
    Deployer,
    EnforcedPermissions,
    LocalChoices,
    Running,
    deployed_platform,
    deployed_workloads,
)
from sandbox.cloud import host as hosts
from sandbox.cloud.access.keys import OPERATOR, AccessKey
from sandbox.cloud.host import Host
from sandbox.engine.running.refresh import Observation, observe, record
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import reveal_properties
from sandbox.engine.values.resource import ResourceState
from stacks.names import Layer, StackName, split_stack_name
from stacks.outputs import (
    PlatformOutputs,
    RecordedOutputs,
    RecordedPlatform,
    RecordedWorkloads,
    WorkloadOutputs,
)

if TYPE_CHECKING:
    import threading

    from botocore.credentials import Credentials

    from cli.terminal.progress import Screen
    from sandbox.engine.engine import Engine
    from sandbox.engine.planning.drift import StackDrift
    from sandbox.engine.program.program import Program
    from sandbox.engine.values.properties import PropertyMap
    from sandbox.provider.provider import AwsProvider


_SERVICE = "aws:ecs/service:Service"
DURABLE_TYPES = frozenset(
    {
        "aws:dynamodb/table:Table",
        "aws:kms/key:Key",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
    }
)
"""The types of resources whose content goes with them: another in their place is another."""


class SandboxWorld:
    """An environment in its project's sandbox.

    The sandbox's process is looked for when it is first needed, unless `host` is given. What is asked of the
    emulated AWS is asked as `identity`.
    """

    def __init__(
        self,
        project: Project,
        environment: Environment,
        *,
        host: Host | None = None,
        identity: str = OPERATOR,
    ) -> None:
        self._project = project
        self._environment = environment
        self._host = host
        self._identity = identity

    @property
    def environment(self) -> Environment:
        """The environment as its stack files declare it."""
        return self._environment

    @property
    def limits(self) -> Mapping[Ability, str]:
        """None: a sandbox has every operation, and only this machine changes it."""
        return {}

    @property
    def host(self) -> Host:
        """The background process; raises NotRunningError, or HostUnreadableError."""
        if self._host is None:
            self._host = hosts.find(self._project.sandbox)
        if self._host is None:
            broken = hosts.unreadable(self._project.sandbox)
            raise HostUnreadableError(broken) if broken else NotRunningError()
        return self._host

    # AWS

    @property
    def endpoint(self) -> str:
        """The URL at which the emulated AWS is asked."""
        return self.host.endpoint

    @property
    def credentials(self) -> Credentials:
        """The credentials of the identity that commands act as; those of the shell are never read."""
        from botocore.credentials import Credentials  # noqa: PLC0415 - some commands need none

        return Credentials(self.key.id, self.key.secret)

    @cached_property
    def key(self) -> AccessKey:
        """The key of the identity that commands act as, which is made if it is new."""
        return identity_key(self.host, self._environment.region, self._identity)

    def actor(self) -> str:
        """The ARN of the identity that the emulated AWS sees behind the credentials."""
        return self._clients.actor()

    def client(self, service: str) -> Any:
        """A botocore client of an AWS service, on the emulator."""
        return self._clients.client(service)

    def clients_in(self, region: str) -> SandboxClients:
        """Clients of any region of the emulated AWS."""
        return SandboxClients(self.host.endpoint, region, self.key)

    @cached_property
    def _clients(self) -> SandboxClients:
        return self.clients_in(self._environment.region)

    # what is deployed

    def platform(self) -> RecordedPlatform | None:
        """The outputs of the deployed platform, None when it was never deployed."""
        found = self._outputs(self._environment.stack(Layer.PLATFORM))
        return PlatformOutputs.read(found) if found else None

    def workloads(self) -> RecordedWorkloads | None:
        """The outputs of the deployed services, None when they were never deployed."""
        found = self._outputs(self._environment.stack(Layer.WORKLOADS))
        return WorkloadOutputs.read(found) if found else None

    def resource_count(self, layer: Layer) -> int:
        """How many resources are recorded of a layer."""
        return self._store.resource_count(str(self._environment.stack(layer)))

    def deployed_environments(self) -> tuple[str, ...]:
        """The names of the environments whose services were deployed in this sandbox."""
        stacks = filter(None, map(split_stack_name, self._store.stacks()))
        workloads = (stack for stack in stacks if stack.layer is Layer.WORKLOADS)
        return tuple(stack.environment for stack in workloads if self._outputs(stack))

    def observe(self, layer: Layer) -> Observation:
        """The resources of a layer that are not as recorded; changes nothing. Raises StateError."""
        stack = str(self._environment.stack(layer))
        return observe(stack, self._store.load(stack), self._provider)

    def find_drift(
        self, program: Program, *, predicted: Mapping[str, PropertyMap]
    ) -> tuple[StackDrift, PropertyMap]:
        """What of a stack is not as its program declares; nothing is written."""
        from sandbox.engine.running.drift import find_drift  # noqa: PLC0415 - as the engine

        declared, outputs = self._engine.declared(program, predicted=predicted)
        states = {stack: self._store.load(stack) for stack in self._store.stacks()}
        recorded = frozenset(item.id for state in states.values() for item in state.resources.values())
        state = states.get(program.stack, StackState())
        return find_drift(program.stack, declared, state, self._provider, recorded_ids=recorded), outputs

    def record(self, observation: Observation) -> None:
        """Record what was observed, so that the next deployment mends it."""
        record(observation, self._store)

    def durable_resources(self) -> Mapping[str, str]:
        """The recorded resources that hold data, by URN: the id, and when it was made."""
        states = (self._store.load(str(self._environment.stack(layer))) for layer in Layer)
        return {
            item.urn: f"{item.id} {item.created}"
            for state in states
            for item in state.resources.values()
            if item.type in DURABLE_TYPES
        }

    def with_environment(self, environment: Environment) -> SandboxWorld:
        """The same sandbox with other stack files."""
        return SandboxWorld(self._project, environment, host=self._host, identity=self._identity)

    def restore_records(self) -> tuple[Path, ...]:
        """Put copies in the place of records that are lost or broken; the files that were put back."""
        return tuple(self._store.restore())

    def unrecorded_services(self) -> tuple[str, ...]:
        """The services that run in this sandbox, as `cluster/name`, and that no record names."""
        states = [self._store.load(stack) for stack in self._store.stacks()]
        pending = (operation.resource for state in states for operation in state.pending_operations.values())
        resources = (*pending, *(item for state in states for item in state.resources.values()))
        recorded = frozenset(_cluster_and_name(item) for item in resources if item.type == _SERVICE)
        return unrecorded_services(hosts.status(self.host), recorded)

    def running(self, platform: RecordedPlatform, workloads: RecordedWorkloads) -> Running:
        """The running parts of the environment, as they are now."""
        return read_running(hosts.status(self.host), platform, workloads)

    def begin_fault(self, fault: Mapping[str, Any]) -> None:
        """Have the sandbox's router, or the edge of its emulated AWS, play a fault."""
        hosts.order(self.host, "faults", {**fault, "target": self._fault_target(str(fault["target"]))})

    def end_fault(self, target: str) -> bool:
        """End a fault now; whether there was one."""
        return bool(hosts.order(self.host, "faults", {"end": self._fault_target(target)})["ended"])

    def _fault_target(self, target: str) -> str:
        return find_target(target, deployed_platform(self), deployed_workloads(self))

    def leftovers(self) -> tuple[int, ...]:
        """The ids of processes that a killed sandbox has left on this machine."""
        return tuple(sorted(process.pid for process in hosts.find_marked(self._project.sandbox)))

    def _outputs(self, stack: StackName) -> RecordedOutputs | None:
        recorded = self._store.outputs(str(stack))
        return RecordedOutputs(stack, recorded) if recorded else None

    @cached_property
    def _store(self) -> StateStore:
        return StateStore(self._states)

    @property
    def _states(self) -> Path:
        return self.host.directory / STATES / self.host.incarnation

    # deployments

    @contextmanager
    def previewing(self) -> Iterator[SandboxWorld]:
        """The running sandbox, or one that lives only as long as this block."""
        found = hosts.find(self._project.sandbox)
        if found is not None:
            yield self._in(found)
            return
        with temporary_host(self._project, self._environment.region) as host:
            yield self._in(host)

    @contextmanager
    def rehearsing(self) -> Iterator[tuple[Project, SandboxWorld]]:
        """A sandbox of its own, which ends with this block, and the project with that sandbox's folder."""
        with temporary_host(self._project, self._environment.region) as host:
            project = replace(self._project, sandbox=host.directory)
            yield project, RehearsalWorld(project, self._environment, host=host, identity=self._identity)

    def rehearse_updates(self, layer: Layer) -> tuple[str, ...]:
        """Update every resource of a layer to what it is already."""
        from sandbox.engine.running.repeat import repeat_updates  # noqa: PLC0415 - as the engine

        return repeat_updates(self._store.load(str(self._environment.stack(layer))), self._provider)

    def resource_types(self, layer: Layer) -> frozenset[str]:
        """The types of the recorded resources of a layer."""
        state = self._store.load(str(self._environment.stack(layer)))
        return frozenset(item.type for item in state.resources.values() if item.custom and not item.external)

    def enforced_permissions(self) -> EnforcedPermissions | None:
        """What was allowed and denied since the sandbox was started."""
        return read_permissions(hosts.status(self.host).get("authorization"))

    def _in(self, host: Host) -> SandboxWorld:
        return SandboxWorld(self._project, self._environment, host=host, identity=self._identity)

    @contextmanager
    def deploying(self, choices: LocalChoices) -> Iterator[None]:
        """Hold the sandbox's lock, and find the sandbox or start it.

        Raises LockedError, UsageError for choices that cannot be had, and what sandbox.cloud.host raises.
        """
        with self._locked():
            self._host = find_or_start_host(self._project, self._environment.region, choices)
            yield

    def _locked(self) -> AbstractContextManager[None]:
        return hold_lock(self._project.sandbox)

    def remove(self, screen: Screen, cancelled: threading.Event) -> None:
        """Delete everything of the environment, the highest layer first; other environments stay."""
        with self._locked():
            self.fingerprint_file.unlink(missing_ok=True)
            for layer in reversed(Layer):
                screen.layer(layer, self.resource_count(layer))
                stack = str(self._environment.stack(layer))
                self._engine.destroy(stack, watch=partial(screen.step, layer), cancelled=cancelled)

    @property
    def deployer(self) -> Deployer:
        """The engine, with the resources and the recorded states of this sandbox."""
        return self._engine

    @cached_property
    def _engine(self) -> Engine:
        # it imports Pulumi, which takes longer than everything that a reading command does
        from sandbox.engine.engine import Engine  # noqa: PLC0415

        return Engine(self._provider, self._store)

    @cached_property
    def _provider(self) -> AwsProvider:
        # as botocore, which it imports
        from sandbox.provider.provider import AwsProvider  # noqa: PLC0415

        return AwsProvider(self._clients.connected)

    @property
    def fingerprint_file(self) -> Path:
        """The file beside the recorded states, which go with the sandbox."""
        return self._states / f"{self._environment.name}.fingerprint"


class RehearsalWorld(SandboxWorld):
    """A sandbox that one command has for itself: no lock keeps others out, and it is started already."""

    @contextmanager
    def deploying(self, choices: LocalChoices) -> Iterator[None]:  # noqa: ARG002
        """Deploy into the sandbox that there is, as it was started: `choices` come too late."""
        yield

    def _locked(self) -> AbstractContextManager[None]:
        return nullcontext()


def _cluster_and_name(service: ResourceState) -> str:
    """A recorded ECS service as `cluster/name`; its cluster may be given by name or by ARN."""
    inputs = reveal_properties(service.inputs)
    return f"{str(inputs.get('cluster')).rsplit('/', 1)[-1]}/{inputs.get('name')}"
