"""`myelin policy list`: what is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cli.command import command
from cli.commands.policy.options import SetOption
from cli.policies.admin_client import open_admin
from cli.policies.versions import CURRENT, find_version
from cli.session import Session
from cli.terminal.output import note
from policies.calls.changing.records import PolicyRecord


@command(environment="argument", acts=True)
def list_policies(session: Session, *, in_set: SetOption = CURRENT) -> None:
    """List the published policies.

    With their effect, and the service and intent they are about; `*` stands for every one. Those marked
    `declared` follow from a service.toml.

    Examples:

        myelin policy list

        myelin policy list --in 3f2a9c1d --json
    """
    admin = open_admin(session.world)
    version = find_version(admin, in_set)
    policies = list(admin.policies(version))
    document = {"version": version, "policies": [policy.model_dump(mode="json") for policy in policies]}
    session.write(document, _lines(policies))
    if not session.as_json:
        note(f"version {version}, {len(policies)} policies")


def _lines(policies: Iterable[PolicyRecord]) -> Iterator[str]:
    for policy in sorted(policies, key=lambda policy: policy.id):
        about = f"{policy.principal or '*'} {policy.action or '*'}"
        declared = " (declared)" if policy.declared else ""
        yield f"{policy.id:<32} {policy.effect:<6} {about:<20} {policy.reason}{declared}"
