"""Starts and ends the background process of a project's sandbox."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from cli.errors import UsageError
from cli.lock import hold_lock
from cli.project import Project
from cli.worlds.world import LocalChoices
from sandbox.cloud import host as hosts
from sandbox.cloud.emulator.errors import PortInUseError
from sandbox.cloud.host import Host, HostOptions, HostPorts, Stopped
from sandbox.cloud.time_scale import DEFAULT_TIME_SCALE

STATES = "stacks"
"""The folder, in that of the sandbox, with the records of what was deployed."""


def find_or_start_host(project: Project, region: str, choices: LocalChoices) -> Host:
    """The sandbox that runs, or a new one in which nothing is deployed.

    Raises UsageError for choices that cannot be had, and what sandbox.cloud.host raises.
    """
    found = hosts.find(project.sandbox)
    if found is not None:
        _require_choices(found, choices)
        return found
    shutil.rmtree(project.sandbox / STATES, ignore_errors=True)
    try:
        return hosts.start(project.sandbox, _options(project, region, choices))
    except PortInUseError as error:
        flag = "--port" if error.port == choices.load_balancer else "--emulator-port"
        raise UsageError(
            f"`{flag} {error.port}`: the port is in use",
            hint=f"choose another one, or leave `{flag}` out and a free one is taken",
        ) from error


def temporary_host(project: Project, region: str) -> AbstractContextManager[Host]:
    """A sandbox that lives only as long as a block."""
    return hosts.temporary(_options(project, region, LocalChoices()))


def end_host(project: Project) -> Stopped:
    """End the sandbox and forget what was deployed in it; raises LockedError."""
    with hold_lock(project.sandbox):
        stopped = hosts.stop(project.sandbox)
        shutil.rmtree(project.sandbox / STATES, ignore_errors=True)
    return stopped


def _require_choices(host: Host, choices: LocalChoices) -> None:
    """Raise UsageError for what a sandbox which runs already does not have."""
    balancers = hosts.status(host)["load_balancers"] if choices.load_balancer else ()
    listening = [listener["url"] for balancer in balancers for listener in balancer["listeners"]]
    for flag, port, urls in (
        ("--emulator-port", choices.emulator, [host.endpoint]),
        ("--port", choices.load_balancer, listening),
    ):
        if port and urls and port not in [urlsplit(url).port for url in urls]:
            raise UsageError(
                f"the sandbox runs already, at `{urls[0]}`, so `{flag} {port}` cannot be had",
                hint=f"leave `{flag}` out, or run `myelin down` first",
            )
    found = hosts.status(host)["time_scale"] if choices.time_scale else 0
    if choices.time_scale != found:
        raise UsageError(
            f"the sandbox runs already, with `--time-scale {found:g}`, and time cannot change its pace",
            hint="leave `--time-scale` out, or run `myelin down` first",
        )


def _options(project: Project, region: str, choices: LocalChoices) -> HostOptions:
    return HostOptions(
        images=project.images,
        project_root=project.root,
        ports=HostPorts(emulator=choices.emulator, load_balancer=choices.load_balancer),
        region=region,
        time_scale=choices.time_scale or DEFAULT_TIME_SCALE,
    )
