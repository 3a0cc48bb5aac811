"""`myelin policy diff`: what one policy set decides otherwise than another."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import command
from cli.exit_codes import ExitCode
from cli.policies.change import environments_of
from cli.policies.diff_view import diff_document, diff_lines
from cli.policies.reference import read_named_set, read_project_set
from cli.session import Session
from policies.calls.rehearsing.decision_changes import compare_decisions
from policies.calls.versions.comparison import changed_texts, difference_between


@command(environment="option")
def diff(
    session: Session,
    before: Annotated[
        str, typer.Argument(metavar="[A]", help="A folder, a version, or `current`: what is published.")
    ] = "current",
    after: Annotated[
        str,
        typer.Argument(
            metavar="[B]",
            help="What it is compared with; by default the project's files.",
            show_default=False,
        ),
    ] = "",
    *,
    every: Annotated[
        bool, typer.Option("--all", help="List also decisions that only have another reason.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 3 when they differ, or not everything was tried.")
    ] = False,
) -> None:
    """Show what one policy set decides otherwise than another.

    By policy, and by effect: every declared service, intent and target is asked of both sets. `opens` was
    denied and is allowed, `closes` the reverse. What is not listed was proved to stay; where that was not
    possible, the answer begins with what was not tried.

    Examples:

        myelin policy diff

        myelin policy diff current drafts --exit-code

        myelin policy diff drafts policies/calls/rules --all
    """
    environments = environments_of(session.project, session.environment)
    old = read_named_set(session, before)
    new = read_named_set(session, after) if after else read_project_set(session.project)
    texts = changed_texts(old.rehearsal.stored, new.rehearsal.stored)
    changes = difference_between(texts)
    effects = compare_decisions(old.rehearsal, new.rehearsal, environments=environments)
    session.write(
        {"from": old.label, "to": new.label, **diff_document(changes, effects)},
        diff_lines(changes, effects, texts, every=every),
    )
    differ = changes.added or changes.removed or changes.replaced or effects.changes
    if exit_code and (differ or not effects.complete):
        raise typer.Exit(ExitCode.FINDINGS)
