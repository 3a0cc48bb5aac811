"""`myelin deploy`: deploy services, each with another image or once more, and follow that to its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli.command import command
from cli.deployment.delivering.delivery import Delivered, Prepared, WantedImages, deliver, look_ahead
from cli.deployment.status_report import status_document
from cli.exit_codes import ExitCode
from cli.images.reference import read_references
from cli.images.registry import ImageRegistry
from cli.images.setting import KEY
from cli.session import Session
from cli.terminal.interrupt import interruptible
from cli.terminal.output import note
from cli.terminal.plan_view import brief_lines, plan_document
from cli.terminal.progress import Screen
from cli.terminal.screen import screen
from stacks.layer_settings import FoundationSettings
from stacks.names import Layer
from stacks.settings import load_settings


@command(environment="option", yes=True, dry_run="Only check and show the plan.", acts=True)
def deploy(
    session: Session,
    services: Annotated[
        list[str], typer.Argument(metavar="SERVICE...", help="The services to deploy.", show_default=False)
    ],
    *,
    image: Annotated[
        list[str] | None,
        typer.Option(
            "--image",
            metavar="REF",
            help="The image to deploy: `sha256:...`, or `SERVICE@sha256:...` for one of several services.",
            show_default=False,
        ),
    ] = None,
    accept_findings: Annotated[
        bool, typer.Option("--accept-findings", help="Deploy although the scan found something grave.")
    ] = False,
) -> None:
    """Deploy services with other images, or once more with the same, and follow that to its end.

    Takes the inputs of the release that serves, and changes nothing of them but images. Checks first whether
    each image is registered and scanned, no alarm is red that would roll back, the weights are as they should
    be, and no deployment is under way. Services go in the order of their calls. It succeeds when every new
    revision has all the traffic; it exits 6 where ECS rolled back, and 8 when it takes longer than its
    strategy, steps, bake and pauses allow. The stack file then names the images that were given.

    Examples:

        myelin deploy payments --image sha256:0a0a3a63eb1c12a4e49fe585c98521a6f37a19c5aefd57a778d7dd7a57f1fc9a

        myelin deploy payments ledger --env prod --yes --json
    """
    chosen = tuple(dict.fromkeys(services))
    registry = ImageRegistry(session.world.client("ecr"), session.environment) if image else None
    images = read_references(chosen, image, registry.digest_of_tag) if image and registry else {}
    wanted = WantedImages(services=chosen, images=images, accept_findings=accept_findings)
    with screen(quiet=session.as_json) as shown:
        if session.dry_run:
            prepared = look_ahead(session.project, session.world, wanted, screen=shown)
            session.write(_plan_document(prepared), _plan_lines(prepared))
            return
        delivered = interruptible(
            lambda cancelled: deliver(
                session.project,
                session.world,
                wanted,
                screen=shown,
                confirm=lambda prepared: _confirm(session, prepared, shown, cancelled),
                cancelled=cancelled,
            )
        )
    session.write(_document(delivered), _lines(delivered))
    if delivered.status.problems:
        raise typer.Exit(ExitCode.ROLLED_BACK if delivered.status.rolled_back else ExitCode.FAILED)


def _confirm(session: Session, prepared: Prepared, shown: Screen, cancelled: threading.Event) -> None:
    if not session.as_json:
        for line in _plan_lines(prepared):
            note(line)
    file = session.world.environment.files[Layer.FOUNDATION]
    if load_settings(FoundationSettings, file.plain_values(), file).confirm_changes:
        with shown.paused():
            session.confirm(
                f"deploy {', '.join(prepared.wanted.services)} in {session.environment}", cancelled=cancelled
            )


def _plan_lines(prepared: Prepared) -> Iterator[str]:
    yield f"on release {prepared.base.number}:"
    for standing in prepared.standing:
        old, new = prepared.images[standing.service], prepared.wanted.images.get(standing.service)
        becomes = f"{new[:19]}…" if new else "the same, anew"
        yield f"  image       {standing.service}: {old[:19]}… -> {becomes}"
        if not standing.predecessor:
            yield f"  {standing.service} has no deployment that was completed: ECS has nothing to go back to"
        if not standing.desired:
            yield f"  {standing.service} wants 0 tasks: it will be deployed, and no task of it will have run"
    for plan in prepared.plans:
        if plan.changes:
            yield from brief_lines(plan)


def _plan_document(prepared: Prepared) -> dict[str, Any]:
    return {
        "base": prepared.base.number,
        "services": [
            {
                "service": standing.service,
                "old": prepared.images[standing.service],
                "new": prepared.wanted.images.get(standing.service) or prepared.images[standing.service],
                "predecessor": standing.predecessor or None,
                "desired": standing.desired,
            }
            for standing in prepared.standing
        ],
        "layers": [plan_document(plan) for plan in prepared.plans],
    }


def _document(delivered: Delivered) -> dict[str, Any]:
    return {
        **_plan_document(delivered.prepared),
        "release": delivered.release,
        "deployments": [
            {"service": one.service, "arn": one.arn, "status": one.status, "strategy": one.strategy}
            for one in delivered.deployments
        ],
        "setting": str(delivered.written) if delivered.written else None,
        "problems": list(delivered.status.problems),
        "standing": status_document(delivered.status),
    }


def _lines(delivered: Delivered) -> Iterator[str]:
    names = ", ".join(one.service for one in delivered.deployments)
    yield f"{names} deployed as release {delivered.release}: the new revisions have all the traffic"
    if delivered.written:
        yield f"{delivered.written} names the images now (`{KEY}`), and `myelin up` keeps to them"
    for problem in delivered.status.problems:
        yield f"problem   {problem}"
