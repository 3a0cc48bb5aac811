"""`myelin status`: how an environment stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exit_codes import ExitCode
from cli.options import (
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    chosen_environment,
)
from cli.project import Project, find_project
from cli.terminal.output import print_json, reported, say

if TYPE_CHECKING:
    from cli.deployment.status import Standing


def status(
    environment: EnvironmentArgument = None,
    *,
    env: EnvironmentOption = None,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="Exit 3 unless it is deployed and every service is healthy."),
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how an environment stands.

    Layers, services (desired, running, healthy), addresses and the policy version; or that no sandbox is
    running, or that the environment is not deployed in it, which is no failure.

    Examples:

        myelin status

        myelin status dev --json

        myelin status --exit-code
    """
    with reported(as_json=as_json):
        found, wanted = find_project(directory=project), chosen_environment(environment, env)
        well = _show(found, wanted, as_json=as_json)
        if exit_code and not well:
            raise typer.Exit(ExitCode.FINDINGS)


def _show(project: Project, environment: str, *, as_json: bool) -> bool:
    """Print how an environment stands; give back whether it is deployed and healthy."""
    # only a run pays for what it imports
    from cli.deployment.inputs import read_region  # noqa: PLC0415
    from cli.deployment.report import standing_lines  # noqa: PLC0415
    from cli.deployment.status import read_standing  # noqa: PLC0415
    from cli.errors import CliError, NotDeployedError, NotRunningError  # noqa: PLC0415
    from cli.worlds.sandbox import attach  # noqa: PLC0415

    standing: Standing | None = None
    absent: CliError | None = None
    leftovers: tuple[int, ...] = ()
    region = read_region(project, environment)
    try:
        standing = read_standing(attach(project, region=region), environment)
    except (NotRunningError, NotDeployedError) as error:
        absent = error
        if isinstance(error, NotRunningError):
            leftovers = _leftovers(project)
    if as_json:
        running = not isinstance(absent, NotRunningError)
        others = absent.deployed if isinstance(absent, NotDeployedError) else ()
        print_json(_document(environment, standing, running=running, others=others, leftovers=leftovers))
    elif absent is not None:
        say(f"{absent.message}; {absent.hint}")
        if leftovers:
            say(f"{_still(leftovers)}; `myelin up` or `myelin down` ends what is left")
    for line in standing_lines(standing) if standing and not as_json else ():
        say(line)
    return standing is not None and standing.healthy


def _leftovers(project: Project) -> tuple[int, ...]:
    """The ids of processes that a sandbox has left which was killed."""
    from sandbox.cloud.host import find_marked  # noqa: PLC0415

    return tuple(sorted(process.pid for process in find_marked(project.sandbox)))


def _still(leftovers: tuple[int, ...]) -> str:
    if len(leftovers) == 1:
        return "1 process of a killed sandbox still runs"
    return f"{len(leftovers)} processes of a killed sandbox still run"


def _document(
    environment: str,
    standing: Standing | None,
    *,
    running: bool,
    others: tuple[str, ...],
    leftovers: tuple[int, ...],
) -> dict[str, Any]:
    from cli.deployment.report import standing_document  # noqa: PLC0415

    if standing is None:
        return {
            "environment": environment,
            "running": running,
            "deployed": False,
            "healthy": False,
            "deployed_environments": list(others),
            "leftovers": list(leftovers),
        }
    return {"running": True, "deployed": True, **standing_document(standing)}
