"""A world in memory: whatever takes a World works with it, and so with any other.

What it answers is given to it; what is done to it, it keeps in `events`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials

from cli.environment import Environment
from cli.project import Project
from cli.terminal.progress import Screen
from cli.worlds.world import Ability, Deployer, EnforcedPermissions, LocalChoices, Running
from sandbox.engine.engine import UpdateResult
from sandbox.engine.planning.drift import ResourceDrift, StackDrift
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from sandbox.engine.program.program import Program
from sandbox.engine.running.progress import Watcher
from sandbox.engine.running.refresh import Drift, Observation
from sandbox.engine.values.properties import PropertyMap
from stacks.config_file import ConfigFile
from stacks.names import Layer, StackName
from stacks.outputs import (
    PlatformOutputs,
    RecordedOutputs,
    RecordedPlatform,
    RecordedWorkloads,
    WorkloadOutputs,
)
from tests.support.governance.fake_sts import URL, credentials_of

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:admin"
ACTOR = "arn:aws:iam::123456789012:user/ada"
OUTPUTS: Mapping[Layer, Mapping[str, Any]] = {
    Layer.FOUNDATION: {"vpc_id": "vpc-1"},
    Layer.PLATFORM: {
        "cluster_name": "dev",
        "policy_table_name": "policies",
        "release_table_name": "releases",
        "admin_url": "http://127.0.0.1:1/admin",
        "admin_function_name": "admin",
        "admin_function_arn": FUNCTION,
        "admin_log_group": "/admin",
        "governance_log_group": "/governance",
        "audit_bucket": "trail",
        "grant_bound_seconds": "60",
    },
    Layer.WORKLOADS: {
        "services": {
            "axon": {
                "service_name": "axon",
                "task_definition_arn": "arn:axon",
                "log_group": "/axon",
                "target_group_arn": None,
                "alarm": "dev/axon",
            }
        }
    },
}


def environment_named(name: str) -> Environment:
    """An environment whose stack files say nothing."""
    files = {layer: ConfigFile(path=Path(f"Pulumi.{name}-{layer}.yaml")) for layer in Layer}
    return Environment(name=name, files=files, region="us-east-1")


def asking_environment(environment: Environment) -> Environment:
    """The environment with every change confirmed."""
    file = replace(environment.files[Layer.FOUNDATION], values={"myelin:confirmChanges": "true"})
    return replace(environment, files={**environment.files, Layer.FOUNDATION: file})


@dataclass(kw_only=True)
class FakeWorld:
    """An environment that is deployed as far as `recorded` says; deploying a layer gives its `outputs`."""

    environment: Environment
    folder: Path
    limits: Mapping[Ability, str] = field(default_factory=dict)
    recorded: dict[Layer, Mapping[str, Any]] = field(default_factory=dict)
    clients: Mapping[str, Any] = field(default_factory=dict)
    state: Running = field(
        default_factory=lambda: Running(services=(), functions=(), address="", started_at="")
    )
    outputs: Mapping[Layer, Mapping[str, Any]] = field(default_factory=lambda: dict(OUTPUTS))
    events: list[str] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    drifts: dict[Layer, Sequence[Drift]] = field(default_factory=dict)
    live: dict[Layer, Sequence[ResourceDrift]] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    types: dict[Layer, frozenset[str]] = field(default_factory=dict)
    durable: dict[str, str] = field(default_factory=dict)
    restored: tuple[Path, ...] = ()
    unrecorded: tuple[str, ...] = ()
    endpoint: str = "http://127.0.0.1:1"
    credentials: Credentials = field(default_factory=lambda: credentials_of(ACTOR))

    @property
    def deployer(self) -> Deployer:
        return _FakeDeployer(self)

    @property
    def fingerprint_file(self) -> Path:
        return self.folder / "fingerprint"

    def actor(self) -> str:
        return ACTOR

    def client(self, service: str) -> Any:
        return _Sts() if service == "sts" else self.clients[service]

    def platform(self) -> RecordedPlatform | None:
        self.events.append("read platform")
        found = self._outputs(Layer.PLATFORM)
        return PlatformOutputs.read(found) if found else None

    def workloads(self) -> RecordedWorkloads | None:
        found = self._outputs(Layer.WORKLOADS)
        return WorkloadOutputs.read(found) if found else None

    def resource_count(self, layer: Layer) -> int:
        return len(self.recorded.get(layer, ()))

    def deployed_environments(self) -> tuple[str, ...]:
        return (self.environment.name,) if Layer.WORKLOADS in self.recorded else ()

    def observe(self, layer: Layer) -> Observation:
        stack = str(StackName(environment=self.environment.name, layer=layer))
        return Observation(stack=stack, drifts=tuple(self.drifts.get(layer, ())))

    def find_drift(
        self, program: Program, *, predicted: Mapping[str, PropertyMap]
    ) -> tuple[StackDrift, PropertyMap]:
        layer = _layer(program)
        self.events.append(f"find drift of {layer} on {len(predicted)}")
        differing = tuple(self.live.get(layer, ()))
        found = StackDrift(stack=program.stack, drifts=differing, untold={}, looked_at=len(differing))
        return found, dict(self.outputs[layer])

    def record(self, observation: Observation) -> None:
        if observation.drifts:
            self.events.append(f"record {observation.stack}")

    def durable_resources(self) -> Mapping[str, str]:
        return self.durable

    def with_environment(self, environment: Environment) -> FakeWorld:
        return replace(self, environment=environment)

    def restore_records(self) -> tuple[Path, ...]:
        return self.restored

    def unrecorded_services(self) -> tuple[str, ...]:
        return self.unrecorded

    def running(self, platform: RecordedPlatform, workloads: RecordedWorkloads) -> Running:
        return self.state

    def remove(self, screen: Screen, cancelled: threading.Event) -> None:
        self.events.append(f"remove {self.environment.name}")
        self.recorded.clear()

    def begin_fault(self, fault: Mapping[str, Any]) -> None:
        self.faults.append(dict(fault))

    def end_fault(self, target: str) -> bool:
        before, self.faults = self.faults, [each for each in self.faults if each["target"] != target]
        return len(self.faults) < len(before)

    @contextmanager
    def rehearsing(self) -> Iterator[tuple[Project, FakeWorld]]:
        self.events.append("begin to rehearse")
        yield Project(root=self.folder, sandbox=self.folder), self
        self.events.append("end")

    def rehearse_updates(self, layer: Layer) -> tuple[str, ...]:
        self.events.append(f"update {layer}")
        return self.refused

    def resource_types(self, layer: Layer) -> frozenset[str]:
        return self.types.get(layer, frozenset())

    def enforced_permissions(self) -> EnforcedPermissions | None:
        return self.state.permissions

    def leftovers(self) -> tuple[int, ...]:
        return ()

    @contextmanager
    def previewing(self) -> Iterator[FakeWorld]:
        self.events.append("begin to preview")
        yield self
        self.events.append("end")

    @contextmanager
    def deploying(self, choices: LocalChoices) -> Iterator[None]:
        self.events.append("begin to deploy")
        try:
            yield
        finally:
            self.events.append("end")

    def _outputs(self, layer: Layer) -> RecordedOutputs | None:
        stack = StackName(environment=self.environment.name, layer=layer)
        return RecordedOutputs(stack, self.recorded[layer]) if layer in self.recorded else None


def outputs_with(admin_url: str) -> dict[Layer, Mapping[str, Any]]:
    """OUTPUTS, with an admin function that is served."""
    return {**OUTPUTS, Layer.PLATFORM: {**OUTPUTS[Layer.PLATFORM], "admin_url": admin_url}}


def fake_world(folder: Path, environment: str = "dev", **more: Any) -> FakeWorld:
    """A world of an environment that is not deployed, if nothing else is said."""
    return FakeWorld(environment=environment_named(environment), folder=folder, **more)


class _Sts:
    """The client of STS, of which only the endpoint is asked."""

    class meta:  # noqa: N801 - botocore's name
        """What botocore says of a client."""

        endpoint_url = URL


class _FakeDeployer:
    """Runs no program: a stack that is not recorded is made, one that is stays."""

    def __init__(self, world: FakeWorld) -> None:
        self._world = world

    def preview(
        self,
        program: Program,
        *,
        predicted: Mapping[str, PropertyMap] | None = None,
        observed: Observation | None = None,
    ) -> tuple[StackPlan, PropertyMap]:
        layer = _layer(program)
        self._world.events.append(f"preview {layer} on {len(predicted or {})}")
        return self._plan(program), dict(self._world.outputs[layer])

    def up(
        self, program: Program, *, watch: Watcher, cancelled: threading.Event, keep_leftovers: bool
    ) -> UpdateResult:
        layer = _layer(program)
        self._world.events.append(f"up {layer}")
        plan = self._plan(program)
        self._world.recorded[layer] = self._world.outputs[layer]
        return UpdateResult(plan=plan, outputs=dict(self._world.outputs[layer]), seconds=0.5)

    def _plan(self, program: Program) -> StackPlan:
        action = StepAction.SAME if _layer(program) in self._world.recorded else StepAction.CREATE
        urn = f"urn:pulumi:{program.stack}::myelin::aws:ec2/vpc:Vpc::main"
        return StackPlan(stack=program.stack, steps=(Step(action=action, urn=urn),))


def _layer(program: Program) -> Layer:
    return Layer(program.stack.rpartition("-")[2])
