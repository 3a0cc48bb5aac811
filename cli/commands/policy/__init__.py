"""`myelin policy`: the rules by which governance decides, one command a file."""

from __future__ import annotations

import typer

from cli.commands.policy import diff, explain, replay, test, validate

policy = typer.Typer(
    name="policy",
    help="Check, test, compare and publish the rules of governance.\n\n"
    "Start with `myelin policy validate` and `myelin policy test`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

for name, command in (
    ("validate", validate.validate),
    ("test", test.ask_cases),
    ("diff", diff.diff),
    ("explain", explain.explain),
    ("replay", replay.replay),
):
    policy.command(name)(command)
