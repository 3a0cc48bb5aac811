"""`myelin up`: deploy an environment into the sandbox."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from cli.command import command
from cli.commands.preview import show_preview
from cli.deployment.pipeline import ReleaseAim, deploy
from cli.deployment.report import deployed_document, deployed_lines, problems_of
from cli.deployment.status import await_healthy
from cli.exit_codes import ExitCode
from cli.options import EmulatorPortOption, PortOption, TimeScaleOption
from cli.policies.findings import counted
from cli.session import Session
from cli.terminal.interrupt import interruptible
from cli.terminal.next_steps import next_steps
from cli.terminal.output import note
from cli.terminal.plan_view import brief_lines, destructive
from cli.terminal.progress import Screen, resource_label
from cli.terminal.screen import screen
from cli.worlds.world import LocalChoices
from sandbox.engine.planning.steps import StackPlan


@command(environment="argument", yes=True, dry_run="Only show the plan.", acts=True)
def up(
    session: Session,
    *,
    port: PortOption = 0,
    emulator_port: EmulatorPortOption = 0,
    time_scale: TimeScaleOption = 0,
    new_release: Annotated[
        bool,
        typer.Option(
            "--new-release", help="After a rollback, deploy what is declared instead of what it went back to."
        ),
    ] = False,
) -> None:
    """Deploy an environment into the sandbox.

    Starts the sandbox if need be, shows the plan, then brings the three layers and the governance
    policies to what is declared. A second run looks whether everything is there still, mends what is not,
    and otherwise changes nothing. Asks before it deletes anything that exists, and before any change where
    the environment's `confirmChanges` is true. Exits 1 if in the end something is not as declared, and 6 if
    ECS rolled a service back.

    Examples:

        myelin up

        myelin up dev --yes

        myelin up --port 8080

        myelin up --time-scale 600

        myelin up prod --new-release
    """
    if session.dry_run:
        show_preview(session)
        return
    with screen(quiet=session.as_json) as shown:
        deployed = interruptible(
            lambda cancelled: deploy(
                session.project,
                session.world,
                screen=shown,
                choices=LocalChoices(emulator=emulator_port, load_balancer=port, time_scale=time_scale),
                confirm=lambda plans: _confirm(session, plans, shown, cancelled),
                cancelled=cancelled,
                aim=ReleaseAim(new_release=new_release),
            )
        )
        status = deployed.status or await_healthy(session.world, shown)
    problems = problems_of(deployed, status)
    after = ["", *next_steps(session.environment)] if deployed.changed and not problems else []
    session.write(deployed_document(deployed, status), [*deployed_lines(deployed, status), *after])
    if problems:
        note(f"{session.environment} is not as declared: `myelin logs` and `myelin doctor` may say why")
        raise typer.Exit(ExitCode.ROLLED_BACK if status.rolled_back else ExitCode.FAILED)


def _confirm(
    session: Session, plans: tuple[StackPlan, ...], shown: Screen, cancelled: threading.Event
) -> None:
    """Show what is planned, and ask when something that exists would be deleted; in an environment that
    wants it (`confirmChanges`), before anything is changed, the policies among it.
    """
    for plan in plans:
        if plan.changes and not session.as_json:
            for line in brief_lines(plan):
                note(line)
    lost = destructive(plans)
    if lost:
        names = ", ".join(sorted(resource_label(step) for step in lost)[:3])
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        asked = f"delete {names}{more}"
    elif session.asks_before_changes():
        changes = sum(len(plan.changes) for plan in plans)
        asked = (
            f"bring {session.environment} to what is declared, with {counted(changes, 'change')} of resources"
        )
    else:
        return
    with shown.paused():
        session.confirm(asked, cancelled=cancelled)
