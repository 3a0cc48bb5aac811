"""Starts and ends the background process of a project's sandbox."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from cli.errors import UsageError
from cli.lock import hold_lock
from cli.project import Project
from cli.worlds.world import LocalPorts
from sandbox.cloud import host as hosts
from sandbox.cloud.emulator.errors import PortInUseError
from sandbox.cloud.host import Host, HostOptions, HostPorts, Stopped

STATES = "stacks"
"""The folder, in that of the sandbox, with the records of what was deployed."""


def find_or_start_host(project: Project, region: str, ports: LocalPorts) -> Host:
    """The sandbox that runs, or a new one in which nothing is deployed.

    Raises UsageError for ports that cannot be had, and what sandbox.cloud.host raises.
    """
    found = hosts.find(project.sandbox)
    if found is not None:
        _require_ports(found, ports)
        return found
    shutil.rmtree(project.sandbox / STATES, ignore_errors=True)
    try:
        return hosts.start(project.sandbox, _options(project, region, ports))
    except PortInUseError as error:
        flag = "--port" if error.port == ports.load_balancer else "--emulator-port"
        raise UsageError(
            f"`{flag} {error.port}`: the port is in use",
            hint=f"choose another one, or leave `{flag}` out and a free one is taken",
        ) from error


def temporary_host(project: Project, region: str) -> AbstractContextManager[Host]:
    """A sandbox that lives only as long as a block."""
    return hosts.temporary(_options(project, region, LocalPorts()))


def end_host(project: Project) -> Stopped:
    """End the sandbox and forget what was deployed in it; raises LockedError."""
    with hold_lock(project.sandbox):
        stopped = hosts.stop(project.sandbox)
        shutil.rmtree(project.sandbox / STATES, ignore_errors=True)
    return stopped


def _require_ports(host: Host, ports: LocalPorts) -> None:
    """Raise UsageError for ports that a sandbox which runs already does not have."""
    balancers = hosts.status(host)["load_balancers"] if ports.load_balancer else ()
    listening = [listener["url"] for balancer in balancers for listener in balancer["listeners"]]
    for flag, port, urls in (
        ("--emulator-port", ports.emulator, [host.endpoint]),
        ("--port", ports.load_balancer, listening),
    ):
        if port and urls and port not in [urlsplit(url).port for url in urls]:
            raise UsageError(
                f"the sandbox runs already, at `{urls[0]}`, so `{flag} {port}` cannot be had",
                hint=f"leave `{flag}` out, or run `myelin down` first",
            )


def _options(project: Project, region: str, ports: LocalPorts) -> HostOptions:
    return HostOptions(
        images=project.images,
        project_root=project.root,
        ports=HostPorts(emulator=ports.emulator, load_balancer=ports.load_balancer),
        region=region,
    )
