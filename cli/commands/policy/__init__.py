"""`myelin policy`: the rules by which governance decides, one command a file."""

from __future__ import annotations

import typer

from cli.commands.policy import (
    diff,
    drafts,
    explain,
    history,
    listing,
    publish,
    put,
    replay,
    test,
    validate,
)

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
    ("list", listing.list_policies),
    ("show", listing.show),
    ("put", put.put),
    ("delete", put.delete),
    ("publish", publish.publish),
    ("history", history.history),
    ("rollback", history.rollback),
    ("drafts", drafts.drafts),
    ("activate", drafts.activate),
    ("discard", drafts.discard),
):
    policy.command(name)(command)
