"""`myelin policy diff`: what one policy set decides otherwise than another."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.policy.options import NamedEnvironmentOption
from cli.exit_codes import ExitCode
from cli.options import JsonOption, ProjectOption
from cli.project import DEFAULT_ENVIRONMENT, find_project
from cli.terminal.output import print_json, reported, say


def diff(
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
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when they differ.")] = False,
    env: NamedEnvironmentOption = DEFAULT_ENVIRONMENT,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what one policy set decides otherwise than another.

    By policy, and by effect: every declared service, intent and target is asked of both sets, in every
    situation that their conditions tell apart. `opens` was denied and is allowed, `closes` the reverse.

    Examples:

        myelin policy diff

        myelin policy diff current drafts --exit-code

        myelin policy diff drafts policies/calls/rules --all
    """
    # only a run pays for what it imports
    from cli.policies.diff_view import diff_document, diff_lines  # noqa: PLC0415
    from cli.policies.reference import own, resolve  # noqa: PLC0415
    from policies.calls.rehearsing.effects import compare, compare_rules  # noqa: PLC0415

    with reported(as_json=as_json):
        found = find_project(directory=project)
        known = found.environments()
        found.require_environment(env)
        old = resolve(found, before, env)
        new = resolve(found, after, env) if after else own(found)
        old_rules, new_rules = old.rehearsal.all_rules(), new.rehearsal.all_rules()
        changes = compare_rules(old_rules, new_rules)
        effects = compare(
            old.rehearsal, new.rehearsal, environments=(env, *(name for name in known if name != env))
        )
        if as_json:
            print_json({"from": old.label, "to": new.label, **diff_document(changes, effects)})
        else:
            for line in diff_lines(changes, effects, old_rules, new_rules, every=every):
                say(line)
        if exit_code and (changes.added or changes.removed or changes.changed or effects.effects):
            raise typer.Exit(ExitCode.FINDINGS)
