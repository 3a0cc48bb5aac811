"""`myelin preview`: say what `up` would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli.command import command
from cli.deployment import pipeline
from cli.deployment.pipeline import DeploymentPreview
from cli.exit_codes import ExitCode
from cli.session import Session
from cli.terminal.plan_view import plan_document, plan_lines


@command(environment="argument")
def preview(
    session: Session,
    *,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when there are changes.")] = False,
) -> None:
    """Show what `up` would do, and change nothing.

    Names each resource that changes, and how, and whether the policies do.

    Examples:

        myelin preview

        myelin preview dev --json

        myelin preview --exit-code
    """
    changed = show_preview(session)
    if changed and exit_code:
        raise typer.Exit(ExitCode.FINDINGS)


def show_preview(session: Session) -> bool:
    """Write what a deployment would do; give back whether it would change anything."""
    found = pipeline.preview(session.project, session.world)
    session.write(preview_document(found, session.environment), preview_lines(found))
    return found.changed


def preview_document(found: DeploymentPreview, environment: str) -> dict[str, Any]:
    """Write what a deployment would do as a JSON value."""
    return {
        "environment": environment,
        "changed": found.changed,
        "layers": [plan_document(plan) for plan in found.plans],
        "policy": {
            "version": found.policies.version,
            "current": found.policies.current,
            "changed": found.policies.changed,
        },
    }


def preview_lines(found: DeploymentPreview) -> Iterator[str]:
    """Write what a deployment would do as lines."""
    for plan in found.plans:
        yield from plan_lines(plan)
    now, then = found.policies.current[:12] or "(none)", found.policies.version[:12]
    yield f"policies: version {now} → {then}" if found.policies.changed else "policies: no changes"
