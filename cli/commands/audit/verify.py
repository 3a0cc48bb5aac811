"""`myelin audit verify`: prove that the record of changes is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.command import command
from cli.errors import UsageError
from cli.policies.admin_client import open_admin
from cli.policies.audit_proof import prove_trail, trail_bucket
from cli.policies.audit_trail import signature_check, verified_document, verified_lines, verify_files
from cli.policies.witness import Witness
from cli.session import Session
from policies.calls.trail.signatures import key_fingerprint


@command(environment="option", acts=True)
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
    witness: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Remembers what was verified last; a trail that goes less far is broken.",
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """Prove that the record of changes is whole, or name the first entry where it is not.

    The truth is the locked bucket: the table has to say the same. With files nothing is asked, and what
    proves them is the public key. A record that is broken, or that nothing proves, exits with 1.

    Examples:

        myelin audit verify

        myelin audit verify --witness seen.json

        myelin audit verify trail.txt

        myelin audit verify audit/*.txt --key audit.pem --json
    """
    for option, given in (("--env", session.named_environment), ("--as", session.acting_as)):
        if files and given:
            raise UsageError(
                f"files and `{option}` exclude each other",
                hint="files are verified with nothing but their key",
            )
    remembered = Witness(witness) if witness else None
    if files:
        result = verify_files(files, key, remembered)
        session.write(verified_document(result), verified_lines(result))
        return
    admin = open_admin(session.world)
    pem = admin.signing_key().pem if key is None else key.read_text(encoding="utf-8", errors="replace")
    check = signature_check(pem.encode(), str(key or "the environment's key"))
    proved = prove_trail(admin, trail_bucket(session.world), check, pem)
    if remembered is not None:
        remembered.confirm(proved.verified, key_fingerprint(pem.encode()))
    session.write(
        verified_document(proved.verified, proved.lock), verified_lines(proved.verified, proved.lock)
    )
