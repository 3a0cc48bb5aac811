"""`myelin release rollback`: deploy what an earlier release was made of."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from cli.command import command
from cli.commands.preview import preview_document, preview_lines
from cli.commands.release.options import find_release
from cli.deployment import pipeline
from cli.deployment.delivering.answering import await_back, take_back, under_way
from cli.deployment.report import deployed_document, deployed_lines, problems_of
from cli.deployment.rolling_back.rollback import (
    PreparedRollback,
    choose_release,
    prepare_rollback,
    releases_of,
    write_back,
)
from cli.deployment.status import await_healthy
from cli.exit_codes import ExitCode
from cli.images.setting import KEY
from cli.releases.comparison import difference_lines
from cli.releases.release import hash_graph
from cli.releases.report import commit_words
from cli.releases.source import hash_program
from cli.session import Session
from cli.terminal.interrupt import interruptible
from cli.terminal.output import note
from cli.terminal.plan_view import brief_lines
from cli.terminal.progress import Screen
from cli.terminal.screen import screen
from cli.worlds.world import LocalChoices, deployed_platform, deployed_workloads
from sandbox.engine.planning.steps import StackPlan


@command(environment="argument", yes=True, dry_run="Only show what would change.", acts=True)
def rollback(
    session: Session,
    *,
    to: Annotated[
        int,
        typer.Option(
            "--to",
            metavar="N",
            min=0,
            show_default=False,
            help="The release to go back to; by default the newest that succeeded with other inputs.",
        ),
    ] = 0,
) -> None:
    """Deploy what an earlier release was made of: images, settings and policies together.

    Applies the inputs of that release with the program of the working tree, and says so if that is another
    than the release was made with. Shows what will change, and asks. It is a release of its own, and the
    environment is held there: `up` refuses other inputs without `--new-release`. Without `--to`, a deployment
    under way is taken back, which needs ECS alone, takes seconds, and is no release. Exits 1 if the release
    cannot come back, or a service is not healthy in the end, and 6 if ECS rolled a service back.

    Examples:

        myelin release rollback --dry-run

        myelin release rollback dev --to 3 --yes
    """
    if not to and not session.dry_run and _takes_back(session):
        return
    ledger, releases = releases_of(session.world)
    release = (
        find_release(releases, to, session.environment)
        if to
        else choose_release(releases, session.environment)
    )
    with prepare_rollback(session.project, session.world, ledger, release, releases[-1]) as prepared:
        if session.dry_run:
            _preview(session, prepared)
        else:
            _deploy(session, prepared)


def _takes_back(session: Session) -> bool:
    """Whether a deployment was under way, which then is taken back."""
    platform, workloads = deployed_platform(session.world), deployed_workloads(session.world)
    ecs, cluster = session.world.client("ecs"), platform.cluster_name
    found = under_way(ecs, cluster, workloads.services)
    if not found:
        return False
    named = ", ".join(one.service for one in found)
    session.confirm(f"take back the deployment of {named} in {session.environment}")
    take_back(ecs, found)
    await_back(lambda: under_way(ecs, cluster, [one.service for one in found]))
    session.write(
        {"environment": session.environment, "taken_back": [one.service for one in found]},
        [f"the deployment of {named} was taken back: the tasks before it have all the traffic"],
    )
    return True


def _preview(session: Session, prepared: PreparedRollback) -> None:
    found = pipeline.preview(prepared.project, prepared.world, aim=prepared.aim)
    _warn_of_program(prepared, found.plans)
    document = {**_document(prepared), **preview_document(found, session.environment)}
    session.write(document, [*_lines(prepared), *preview_lines(found)])


def _deploy(session: Session, prepared: PreparedRollback) -> None:
    with screen(quiet=session.as_json) as shown:
        deployed = interruptible(
            lambda cancelled: pipeline.deploy(
                prepared.project,
                prepared.world,
                screen=shown,
                choices=LocalChoices(),
                confirm=lambda plans: _confirm(session, prepared, plans, shown, cancelled),
                cancelled=cancelled,
                aim=prepared.aim,
            )
        )
        status = deployed.status or await_healthy(prepared.world, shown)
    problems = problems_of(deployed, status)
    written = None if problems else write_back(session.project, session.world, prepared)
    session.write(
        {
            **_document(prepared),
            "setting": str(written) if written else None,
            **deployed_document(deployed, status),
        },
        [
            _outcome(prepared, deployed.release),
            *([f"{written} names the images that differ from the code here (`{KEY}`)"] if written else []),
            *deployed_lines(deployed, status),
        ],
    )
    if problems:
        raise typer.Exit(ExitCode.ROLLED_BACK if status.rolled_back else ExitCode.FAILED)


def _confirm(
    session: Session,
    prepared: PreparedRollback,
    plans: Sequence[StackPlan],
    shown: Screen,
    cancelled: threading.Event,
) -> None:
    """Show what will change, and ask."""
    _warn_of_program(prepared, plans)
    if not session.as_json:
        for line in _lines(prepared):
            note(line)
        for plan in plans:
            if plan.changes:
                for line in brief_lines(plan):
                    note(line)
    with shown.paused():
        session.confirm(
            f"roll {session.environment} back to release {prepared.release.number}", cancelled=cancelled
        )


def _warn_of_program(prepared: PreparedRollback, plans: Sequence[StackPlan]) -> None:
    """Say so if the program of the working tree is not the one that the release was made with."""
    start = prepared.release.start
    other = [
        *(["other resources"] if hash_graph(plans) != start.graph else []),
        *(["other code"] if hash_program() != start.program else []),
    ]
    if other:
        note(
            f"the program here has {' and '.join(other)} than release {prepared.release.number} had "
            f"(commit {commit_words(prepared.release)}); the inputs of the release are applied with it"
        )


def _document(prepared: PreparedRollback) -> dict[str, Any]:
    return {
        "back_to": prepared.release.number,
        "newest": prepared.newest.number,
        "differences": [one.document() for one in prepared.differences],
    }


def _lines(prepared: PreparedRollback) -> Iterator[str]:
    yield (
        f"from release {prepared.newest.number} to the inputs of release {prepared.release.number} "
        f"({prepared.release.start.at}, {prepared.release.start.actor}):"
    )
    yield from (f"  {line}" for line in difference_lines(prepared.differences))
    if not prepared.differences:
        yield "  no input differs"


def _outcome(prepared: PreparedRollback, made: int | None) -> str:
    number = prepared.release.number
    if made is None:
        return f"everything is as in release {number} already: no release was made"
    return f"rolled back to release {number}, as release {made}; held there until `up --new-release`"
