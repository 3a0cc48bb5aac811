"""`myelin audit verify`: prove that the record of changes is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.command import command
from cli.errors import UsageError
from cli.policies.admin_client import open_admin
from cli.policies.audit_trail import verified_document, verified_line, verify_files, verify_now
from cli.session import Session


@command(environment="option")
def verify_trail(
    session: Session,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Exports to verify offline, in any order; without one the environment's own trail.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    *,
    key: Annotated[
        Path | None,
        typer.Option(metavar="PEM", help="The public key; by default FILE.pem.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Prove that the record of changes is whole, or name the first entry where it is not.

    With files nothing is asked: what proves them is the public key. A broken record exits with 1.

    Examples:

        myelin audit verify

        myelin audit verify trail.txt

        myelin audit verify audit/*.txt --key audit.pem --json
    """
    if files and session.named_environment:
        raise UsageError(
            "files and `--env` exclude each other", hint="files are verified with nothing but their key"
        )
    result = verify_files(files, key) if files else verify_now(open_admin(session.world), key)
    session.write(verified_document(result), [verified_line(result)])
