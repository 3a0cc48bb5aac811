"""Opens the sandbox of a project: its background process, and an engine that works against it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli.errors import NotRunningError, UsageError
from cli.project import Project
from stacks.names import Layer, StackName, split_stack_name
from stacks.outputs import (
    PlatformOutputs,
    RecordedOutputs,
    RecordedPlatform,
    RecordedWorkloads,
    WorkloadOutputs,
)

if TYPE_CHECKING:
    from sandbox.cloud.host import Host
    from sandbox.engine.engine import Engine
    from sandbox.engine.state.store import StateStore
    from sandbox.provider.session import ApiClients

STATES = "stacks"


class Sandbox:
    """A running sandbox, as the command line uses it; what costs time to import is made when first used."""

    def __init__(self, directory: Path, host: Host, *, region: str) -> None:
        """States belong to one incarnation of the host, whose world they describe."""
        self.host = host
        self.states = directory / STATES / host.incarnation
        self.region = region

    @cached_property
    def store(self) -> StateStore:
        """The recorded states of the stacks."""
        from sandbox.engine.state.store import StateStore  # noqa: PLC0415

        return StateStore(self.states)

    @cached_property
    def clients(self) -> ApiClients:
        """The clients of the emulated AWS."""
        from sandbox.provider.session import connect  # noqa: PLC0415

        return connect(self.host.endpoint, self.region)

    @cached_property
    def engine(self) -> Engine:
        """The engine, at work on this sandbox."""
        from sandbox.engine.engine import Engine  # noqa: PLC0415
        from sandbox.provider.provider import AwsProvider  # noqa: PLC0415

        return Engine(AwsProvider(self.clients), self.store)

    def client(self, service: str) -> Any:
        """A boto3 client of one AWS service, on the emulator."""
        return self.clients.client(service)

    def platform(self, environment: str) -> RecordedPlatform | None:
        """The outputs of an environment's platform, or None when it was never deployed."""
        found = self._outputs(StackName(environment=environment, layer=Layer.PLATFORM))
        return PlatformOutputs.read(found) if found else None

    def workloads(self, environment: str) -> RecordedWorkloads | None:
        """The outputs of an environment's services, or None when they were never deployed."""
        found = self._outputs(StackName(environment=environment, layer=Layer.WORKLOADS))
        return WorkloadOutputs.read(found) if found else None

    def _outputs(self, stack: StackName) -> RecordedOutputs | None:
        recorded = self.store.outputs(str(stack))
        return RecordedOutputs(stack, recorded) if recorded else None

    def environments(self) -> tuple[str, ...]:
        """The environments that are deployed: whose last layer has put out something."""
        stacks = filter(None, map(split_stack_name, self.store.stacks()))
        deployed = [stack.environment for stack in stacks if stack.layer is Layer.WORKLOADS]
        return tuple(name for name in deployed if self.workloads(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Fixed ports, where asked for; 0 takes a free one."""

    emulator: int = 0
    load_balancer: int = 0


def start(project: Project, *, region: str, ports: Ports) -> Sandbox:
    """Find the project's sandbox or start it; raises what sandbox.cloud.host raises."""
    # only commands that need a sandbox pay for these
    from sandbox.cloud import host as hosts  # noqa: PLC0415
    from sandbox.cloud.emulator.errors import PortInUseError  # noqa: PLC0415

    found = hosts.find(project.sandbox)
    if found is None:
        shutil.rmtree(project.sandbox / STATES, ignore_errors=True)
        try:
            found = hosts.start(project.sandbox, _options(project, region, ports))
        except PortInUseError as error:
            flag = "--port" if error.port == ports.load_balancer else "--emulator-port"
            raise UsageError(
                f"`{flag} {error.port}`: the port is in use",
                hint=f"choose another one, or leave `{flag}` out and a free one is taken",
            ) from error
    else:
        _refuse_other_ports(found, ports)
    return Sandbox(project.sandbox, found, region=region)


def _refuse_other_ports(host: Host, ports: Ports) -> None:
    """Refuse ports that a sandbox which runs already does not have; raises UsageError."""
    from sandbox.cloud import host as hosts  # noqa: PLC0415

    balancers = hosts.status(host)["load_balancers"] if ports.load_balancer else ()
    listening = [listener["url"] for balancer in balancers for listener in balancer["listeners"]]
    for flag, port, urls in (
        ("--emulator-port", ports.emulator, [host.endpoint]),
        ("--port", ports.load_balancer, listening),
    ):
        if port and urls and port not in [urlsplit(url).port for url in urls]:
            raise UsageError(
                f"the sandbox runs already, at `{urls[0]}`, so `{flag} {port}` can not be had",
                hint=f"leave `{flag}` out, or run `myelin down` first",
            )


def attach(project: Project, *, region: str) -> Sandbox:
    """Find the project's running sandbox, with clients for a region; raises NotRunningError."""
    from sandbox.cloud import host as hosts  # noqa: PLC0415

    found = hosts.find(project.sandbox)
    if found is None:
        raise NotRunningError
    return Sandbox(project.sandbox, found, region=region)


@contextmanager
def borrowed(project: Project, *, region: str) -> Iterator[Sandbox]:
    """Give the running sandbox, or one that lives only as long as this block: a preview changes nothing."""
    from sandbox.cloud import host as hosts  # noqa: PLC0415

    found = hosts.find(project.sandbox)
    if found is not None:
        yield Sandbox(project.sandbox, found, region=region)
        return
    with hosts.temporary(_options(project, region, Ports())) as host:
        yield Sandbox(host.directory, host, region=region)


def _options(project: Project, region: str, ports: Ports) -> Any:
    from sandbox.cloud import host as hosts  # noqa: PLC0415

    return hosts.HostOptions(
        images=project.images,
        project_root=project.root,
        ports=hosts.HostPorts(emulator=ports.emulator, load_balancer=ports.load_balancer),
        region=region,
    )
