"""`myelin audit list`: who changed the policies, when, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.command import command
from cli.policies.admin_client import open_admin
from cli.policies.audit_proof import prove_trail, trail_bucket
from cli.policies.audit_trail import entry_document, entry_line, signature_check, write_export
from cli.session import Session
from cli.terminal.output import note


@command(environment="argument", acts=True)
def list_entries(
    session: Session,
    *,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this number.")] = 0,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the whole proved trail with its checkpoints to FILE, and the key to FILE.pem.",
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """List changes of the policies: who, when, what, from which version to which.

    Examples:

        myelin audit list

        myelin audit list --after 10 --json

        myelin audit list --export trail.txt
    """
    admin = open_admin(session.world)
    if export is not None:
        pem = admin.signing_key().pem
        check = signature_check(pem.encode(), "the environment's key")
        count = write_export(prove_trail(admin, trail_bucket(session.world), check, pem), export)
        note(f"wrote {count} entries to {export}, and the key to {export}.pem")
    entries = list(admin.audit(after))
    session.write({"entries": [entry_document(entry) for entry in entries]}, map(entry_line, entries))
