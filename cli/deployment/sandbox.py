"""Opens the sandbox of a project: its background process, and an engine that works against it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import NotRunningError
from cli.project import Project

if TYPE_CHECKING:
    from sandbox.engine.engine import Engine
    from sandbox.host import Host
    from sandbox.provider.session import Clients

STATES = "stacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running sandbox, as the command line uses it."""

    host: Host
    clients: Clients
    engine: Engine

    def client(self, service: str) -> Any:
        """A boto3 client of one AWS service, on the emulator."""
        return self.clients.client(service)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Fixed ports, where asked for; 0 takes a free one."""

    emulator: int = 0
    load_balancer: int = 0


def start(project: Project, *, region: str, ports: Ports) -> Sandbox:
    """Find the project's sandbox or start it; raises what sandbox.host raises."""
    from sandbox import host as hosts  # noqa: PLC0415 - only commands that need a sandbox pay for it

    found = hosts.find(project.sandbox)
    if found is None:
        shutil.rmtree(project.sandbox / STATES, ignore_errors=True)
        found = hosts.start(project.sandbox, _options(project, region, ports))
    return connect(project.sandbox, found, region=region)


def attach(project: Project, *, region: str = "us-east-1") -> Sandbox:
    """Find the project's running sandbox; raises NotRunningError."""
    from sandbox import host as hosts  # noqa: PLC0415

    found = hosts.find(project.sandbox)
    if found is None:
        raise NotRunningError
    return connect(project.sandbox, found, region=region)


@contextmanager
def borrowed(project: Project, *, region: str) -> Iterator[Sandbox]:
    """Give the running sandbox, or one that lives only as long as this block: a preview changes nothing."""
    from sandbox import host as hosts  # noqa: PLC0415

    found = hosts.find(project.sandbox)
    if found is not None:
        yield connect(project.sandbox, found, region=region)
        return
    with tempfile.TemporaryDirectory(prefix="myelin-preview-") as folder:
        directory = Path(folder)
        host = hosts.start(directory, _options(project, region, Ports()))
        try:
            yield connect(directory, host, region=region)
        finally:
            hosts.stop(directory)


def connect(directory: Path, host: Host, *, region: str) -> Sandbox:
    """Make an engine for a running host; states belong to one incarnation of it."""
    from sandbox.engine.engine import Engine  # noqa: PLC0415
    from sandbox.engine.store import StateStore  # noqa: PLC0415
    from sandbox.provider.provider import AwsProvider  # noqa: PLC0415
    from sandbox.provider.session import connect as clients_for  # noqa: PLC0415

    clients = clients_for(host.endpoint, region)
    store = StateStore(directory / STATES / host.incarnation)
    return Sandbox(host=host, clients=clients, engine=Engine(AwsProvider(clients), store))


def _options(project: Project, region: str, ports: Ports) -> Any:
    from sandbox import host as hosts  # noqa: PLC0415

    return hosts.HostOptions(
        images=project.images,
        project_root=project.root,
        ports=hosts.Ports(emulator=ports.emulator, load_balancer=ports.load_balancer),
        region=region,
    )
