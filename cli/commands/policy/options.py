"""The options and arguments that several commands about policies share."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cli.errors import UsageError

DRY_RUN = "Only show which decisions would change, and which cases would fail."
NoteOption = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the audit trail.")]
DraftOption = Annotated[
    bool, typer.Option("--draft", help="Only propose it, for another person to activate.")
]
PolicyArgument = Annotated[str, typer.Argument(metavar="ID", help="The policy's `@id`.")]
DraftArgument = Annotated[
    str, typer.Argument(metavar="DRAFT", help="The id that `myelin policy drafts` lists.")
]
SetOption = Annotated[
    str, typer.Option("--in", metavar="VERSION", help="A version or a draft; by default what is published.")
]


def check_draft_id(text: str) -> str:
    """Give back the id of a draft, as a path may hold it. Raises UsageError."""
    if not re.fullmatch(r"[0-9a-f-]{36}", text):
        raise UsageError(f"`{text}` is not the id of a draft", hint="list them with `myelin policy drafts`")
    return text
