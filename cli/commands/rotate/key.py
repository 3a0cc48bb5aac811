"""`myelin rotate key`: have KMS make new material for a key now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from cli.command import command
from cli.rotation.keys import MOST_ON_DEMAND, NOT_LISTED, KmsKeys, KmsKeyState, OlderVersion, older_versions
from cli.session import Session
from cli.worlds.world import deployed_platform


@command(environment="option", yes=True, dry_run="Say how the key stands, and rotate nothing.")
def key(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A service, or calls, grants, platform.")],
) -> None:
    """Have KMS make new material for a key now, and show what is still under the older one.

    What was encrypted before is decrypted as before: KMS keeps every material. A key takes 25 such rotations
    in all its life; its yearly schedule goes on by itself. Exits 1 when there are none left, 2 for a key that
    there is not or that KMS cannot rotate. Asks first where the environment's `confirmChanges` is true.

    Examples:

        myelin rotate key orbit

        myelin rotate key calls --dry-run --json
    """
    world = session.world
    deployed_platform(world)
    keys = KmsKeys(world.client("kms"), session.environment)
    found = keys.read(name)
    keys.check(found)
    if not session.dry_run:
        if session.asks_before_changes():
            session.confirm(
                f"rotate the key {found.name} of {session.environment} ({found.left} times are left)"
            )
        keys.rotate(found)
        found = keys.read(name)
    older = older_versions(world.client("secretsmanager"), found, session.environment)
    session.write(
        _document(found, older, session.environment, dry_run=session.dry_run),
        _lines(found, older, dry_run=session.dry_run),
    )


def _document(
    key: KmsKeyState, older: Sequence[OlderVersion], environment: str, *, dry_run: bool
) -> dict[str, Any]:
    return {
        "environment": environment,
        "key": key.name,
        "arn": key.arn,
        "rotated_at": [moment.isoformat() for moment in key.rotations],
        "on_demand": key.on_demand,
        "on_demand_left": key.left,
        "older": [
            {"secret": each.secret, "version": each.version, "labels": list(each.labels)} for each in older
        ],
        "not_known": NOT_LISTED.get(key.name, ""),
        "dry_run": dry_run,
    }


def _lines(key: KmsKeyState, older: Sequence[OlderVersion], *, dry_run: bool) -> Iterator[str]:
    done = "would be rotated" if dry_run else "has new material"
    yield f"{key.name} {done}; {key.on_demand} of {MOST_ON_DEMAND} on-demand rotations are used"
    for each in older:
        yield f"{each.secret}: version {each.version} ({', '.join(each.labels)}) is under older material"
    if older:
        yield "a rotation of such a secret writes it under the new one"
    if key.name in NOT_LISTED:
        yield f"not known of {NOT_LISTED[key.name]}: AWS does not say under which material they are"
