"""`myelin rotate status`: how the rotations of an environment stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from cli.command import command
from cli.exit_codes import ExitCode
from cli.rotation.keys import SYMMETRIC, KmsKeys, KmsKeyState
from cli.rotation.secrets import CURRENT, RotatedSecret, consumers_of, read_secrets
from cli.session import Session
from cli.worlds.world import deployed_workloads


@command(environment="option")
def status(
    session: Session,
    *,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 3 when a rotation has not ended.")
    ] = False,
) -> None:
    """Show how the rotations of secrets and keys stand.

    Each secret with its schedule, when it was rotated last and is rotated next, and who reads it; one whose
    rotation has not ended is named, with the version that is pending. Each KMS key with its schedule and how
    many on-demand rotations are left.

    Examples:

        myelin rotate status

        myelin rotate status --env dev --json

        myelin rotate status --exit-code
    """
    world = session.world
    services = deployed_workloads(world).services
    secrets = read_secrets(world.client("secretsmanager"), session.environment)
    keys = KmsKeys(world.client("kms"), session.environment)
    states = [keys.read(name) for name in keys.names()]
    session.write(_document(secrets, states, services, session.environment), _lines(secrets, states))
    if exit_code and any(secret.stuck for secret in secrets):
        raise typer.Exit(ExitCode.FINDINGS)


def _document(
    secrets: Sequence[RotatedSecret], keys: Sequence[KmsKeyState], services: Any, environment: str
) -> dict[str, Any]:
    return {
        "environment": environment,
        "secrets": [
            {
                "name": secret.name,
                "kind": secret.kind,
                "current": secret.holder(CURRENT),
                "pending": secret.stuck,
                "schedule": secret.schedule,
                "last": _moment(secret.last),
                "next": _moment(secret.next),
                "consumers": [
                    {"name": each.name, "reads": each.reading.value}
                    for each in consumers_of(secret, services)
                ],
            }
            for secret in secrets
        ],
        "keys": [
            {
                "name": key.name,
                "rotated_by_kms": key.spec == SYMMETRIC and key.automatic,
                "period_days": key.period_days,
                "next": _moment(key.next),
                "on_demand": key.on_demand,
                "on_demand_left": key.left if key.spec == SYMMETRIC else 0,
            }
            for key in keys
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _lines(secrets: Sequence[RotatedSecret], keys: Sequence[KmsKeyState]) -> Iterator[str]:
    for secret in secrets:
        last = f"last {secret.last:%Y-%m-%d %H:%M}" if secret.last else "not rotated yet"
        coming = f"next {secret.next:%Y-%m-%d %H:%M}" if secret.next else "no date"
        yield f"secret  {secret.name}: {last}, {coming}, {secret.schedule}"
        if secret.stuck:
            yield (
                f"        not ended: version {secret.stuck} is pending, the current value is untouched; "
                f"`myelin rotate secret {secret.name} --repair`"
            )
    for key in keys:
        if key.spec != SYMMETRIC:
            yield f"key     {key.name}: asymmetric, which KMS does not rotate"
            continue
        how = f"every {key.period_days} days" if key.automatic else "not by itself"
        yield f"key     {key.name}: {how}, {key.left} rotations on demand left"
