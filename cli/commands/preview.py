"""`myelin preview`: say what `up` would do."""

from __future__ import annotations

from typing import Annotated

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


def preview(
    environment: EnvironmentArgument = None,
    *,
    env: EnvironmentOption = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when there are changes.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what `up` would do, and change nothing.

    Names each resource that changes, and how, and whether the policies do.

    Examples:

        myelin preview

        myelin preview dev --json

        myelin preview --exit-code
    """
    with reported(as_json=as_json):
        found, wanted = find_project(directory=project), chosen_environment(environment, env)
        changed = show_preview(found, wanted, as_json=as_json)
        if changed and exit_code:
            raise typer.Exit(ExitCode.FINDINGS)


def show_preview(project: Project, environment: str, *, as_json: bool) -> bool:
    """Print what a deployment would do; give back whether it would change anything."""
    # only a run pays for what it imports
    from cli.deployment.pipeline import preview as plan_layers  # noqa: PLC0415
    from cli.terminal.plan_view import plan_document, plan_lines  # noqa: PLC0415
    from cli.terminal.progress import Plain  # noqa: PLC0415

    found = plan_layers(project, environment, Plain(quiet=True))
    if as_json:
        print_json(
            {
                "environment": environment,
                "changed": found.changed,
                "layers": [plan_document(plan) for plan in found.plans],
                "policy": {
                    "version": found.policy_version,
                    "current": found.current_policy_version,
                    "changed": found.policies_change,
                },
            }
        )
    else:
        for plan in found.plans:
            for line in plan_lines(plan):
                say(line)
        now, then = found.current_policy_version[:12] or "(none)", found.policy_version[:12]
        say(f"policies: version {now} → {then}" if found.policies_change else "policies: no changes")
    return found.changed
