"""Assembles the commands of `myelin policy`, in the order in which its help lists them."""

from __future__ import annotations

import typer

from cli.commands.policy import (
    collect,
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

app = typer.Typer()

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
    ("collect", collect.collect),
    ("drafts", drafts.drafts),
    ("activate", drafts.activate),
    ("discard", drafts.discard),
):
    app.command(name)(command)
