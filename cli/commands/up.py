"""`myelin up`: deploy an environment into the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import (
    EmulatorPortOption,
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    PortOption,
    ProjectOption,
    YesOption,
    chosen_environment,
)
from cli.project import find_project
from cli.terminal.output import confirm, note, print_json, reported, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.engine.planning.steps import StackPlan


def up(
    environment: EnvironmentArgument = None,
    *,
    env: EnvironmentOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
    yes: YesOption = False,
    port: PortOption = 0,
    emulator_port: EmulatorPortOption = 0,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deploy an environment into the sandbox.

    Starts the sandbox if need be, shows the plan, then brings the three layers and the governance
    policies to what is declared. A second run
    changes nothing. Asks before it deletes anything that exists.

    Examples:

        myelin up

        myelin up dev --yes

        myelin up --port 8080
    """
    # only a run pays for what it imports
    from cli.commands.preview import show_preview  # noqa: PLC0415
    from cli.deployment.inputs import read_region  # noqa: PLC0415
    from cli.deployment.pipeline import deploy  # noqa: PLC0415
    from cli.deployment.report import deployed_document, deployed_lines  # noqa: PLC0415
    from cli.deployment.status import read_standing  # noqa: PLC0415
    from cli.terminal.interrupt import interruptible  # noqa: PLC0415
    from cli.terminal.progress import screen  # noqa: PLC0415
    from cli.worlds.sandbox import Ports, attach  # noqa: PLC0415

    with reported(as_json=as_json):
        found, wanted = find_project(directory=project), chosen_environment(environment, env)
        if dry_run:
            show_preview(found, wanted, as_json=as_json)
            return
        with screen(quiet=as_json) as shown:
            deployed = interruptible(
                lambda cancelled: deploy(
                    found,
                    wanted,
                    screen=shown,
                    ports=Ports(emulator=emulator_port, load_balancer=port),
                    confirm=_asking(yes=yes, quiet=as_json),
                    cancelled=cancelled,
                )
            )
        standing = read_standing(attach(found, region=read_region(found, wanted)), wanted)
        if as_json:
            print_json(deployed_document(deployed, standing))
        else:
            for line in deployed_lines(deployed, standing):
                say(line)


def _asking(*, yes: bool, quiet: bool) -> Callable[[tuple[StackPlan, ...]], None]:
    from cli.terminal.plan_view import brief_lines, destructive  # noqa: PLC0415
    from cli.terminal.progress import describe  # noqa: PLC0415

    def ask(plans: tuple[StackPlan, ...]) -> None:
        for plan in plans:
            if not quiet and plan.changes:
                for line in brief_lines(plan):
                    note(line)
        lost = destructive(plans)
        if lost:
            names = ", ".join(sorted(describe(step) for step in lost)[:3])
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            confirm(f"delete {names}{more}", yes=yes)

    return ask
