"""The options that several commands about policies share."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import complete_environments

# for commands that have an argument which may be left out: a name after them would be taken for that
NamedEnvironmentOption = Annotated[
    str,
    typer.Option("--env", "-e", metavar="ENV", help="The environment.", autocompletion=complete_environments),
]
NoteOption = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the audit trail.")]
DraftOption = Annotated[bool, typer.Option("--draft", help="Only propose it, for somebody else to activate.")]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Only show which decisions would change, and which cases would fail."),
]
SetOption = Annotated[
    str, typer.Option("--in", metavar="VERSION", help="A version or a draft; by default what is published.")
]
