"""`myelin new service`: write the first files of a service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import UsageError
from cli.lock import hold_lock
from cli.scaffolding.changes import apply_changes
from cli.scaffolding.new_service import ServicePlan, plan_service
from cli.scaffolding.service_request import NewCall, NewService
from cli.session import Session
from cli.terminal.program import program_name

DEFAULT_INTENT = "echo"


@command(dry_run="Only say what would be written.")
def service(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="At most 20 small letters and digits.")],
    *,
    intent: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="An intent that it offers; may be repeated.", show_default=DEFAULT_INTENT
        ),
    ] = None,
    calls: Annotated[
        list[str] | None,
        typer.Option(metavar="SERVICE:INTENT", help="A call that it makes; may be repeated."),
    ] = None,
    called_by: Annotated[
        list[str] | None,
        typer.Option("--called-by", metavar="SERVICE", help="Who calls it; may be repeated."),
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Behind the gate: an application in FastAPI, not of the kit.")
    ] = False,
) -> None:
    """Write the first files of a service.

    Its declaration, handlers, their test and a README; its entry in the image table; its intents in the
    schema of the policies, where they are new; the calls in the declarations of its callers. All or nothing.

    Examples:

        myelin new service payments --intent credit --called-by orbit

        myelin new service payments --calls ledger:book --dry-run

        myelin new service quotes --gate --called-by orbit
    """
    asked = NewService(
        name=name,
        intents=tuple(dict.fromkeys(intent or [DEFAULT_INTENT])),
        calls=tuple(dict.fromkeys(map(_parse_call, calls or []))),
        callers=tuple(dict.fromkeys(called_by or [])),
        gate=gate,
    )
    if session.dry_run:
        plan = plan_service(session.project, asked)
    else:
        with hold_lock(session.project.sandbox):
            plan = plan_service(session.project, asked)
            apply_changes(session.project.root, plan.changes)
    session.write(_document(plan, dry_run=session.dry_run), _lines(plan, dry_run=session.dry_run))


def _parse_call(text: str) -> NewCall:
    found = re.fullmatch(r"([^:\s]+):([^:\s]+)", text)
    if found is None:
        raise UsageError(
            f"--calls `{text}` is no call", hint="write SERVICE:INTENT, such as `--calls payments:credit`"
        )
    return NewCall(service=found[1], intent=found[2])


def _document(plan: ServicePlan, *, dry_run: bool) -> dict[str, Any]:
    return {
        "service": plan.service.name,
        "port": plan.port,
        "intents": list(plan.service.intents),
        "created": [str(change.path) for change in plan.changes if change.before is None],
        "changed": [str(change.path) for change in plan.changes if change.before is not None],
        "notes": list(_notes(plan)),
        "dry_run": dry_run,
    }


def _lines(plan: ServicePlan, *, dry_run: bool) -> Iterator[str]:
    would = "would " if dry_run else ""
    for change in plan.changes:
        verb = "create" if change.before is None else "change"
        yield f"{would}{verb if dry_run else verb + 'd'}  {change.path}"
    for note in _notes(plan):
        yield f"note: {note}"
    if not dry_run:
        yield ""
        yield from _next_steps(plan.service)


def _notes(plan: ServicePlan) -> Iterator[str]:
    if not plan.service.callers:
        yield (
            f"nobody may call `{plan.service.name}` yet: its caller declares the call, `[[calls]]` in its "
            "service.toml; `--called-by SERVICE` writes that"
        )
    yield from plan.denied


def _next_steps(service: NewService) -> Sequence[str]:
    steps = [
        (f"services/{service.name}/{service.code}", "where the work is done"),
        (f"{program_name()} validate", "whether everything fits together"),
        (f"{program_name()} up", "deploy it"),
    ]
    if service.callers:
        steps.append(
            (f"{program_name()} dispatch {service.intents[0]} --target {service.name}", "ask for work")
        )
    width = max(len(step) for step, _ in steps)
    return [
        f"{'next:' if number == 0 else '':<7}{step:<{width}}  {meaning}"
        for number, (step, meaning) in enumerate(steps)
    ]
