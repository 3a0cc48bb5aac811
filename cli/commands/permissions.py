"""`myelin permissions`: the IAM policy that whoever deploys needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cli.command import command
from cli.permissions.policy import deployment_statements, policy_documents
from cli.permissions.provider_actions import SOURCE
from cli.permissions.rehearsal import DeploymentRehearsal, rehearse
from cli.session import Session
from cli.terminal.interrupt import interruptible
from cli.terminal.screen import screen

HEADING = "rehearsed, not seen on AWS"


@command(environment="argument")
def permissions(session: Session) -> None:
    """Print the IAM policy that a deployment of an environment needs.

    Creates, updates and deletes the environment in a sandbox of its own, which takes about as long as two
    deployments, and takes down which actions whoever deploys used; then adds what AWS's provider is known to
    read and tag besides. It was rehearsed, not seen on AWS. The sandbox that runs is left alone.

    Examples:

        myelin permissions

        myelin permissions dev --json
    """
    with screen(quiet=session.as_json) as shown:
        found = interruptible(lambda cancelled: rehearse(session.world, screen=shown, cancelled=cancelled))
    session.write(
        permissions_document(found, session.environment), permissions_lines(found, session.environment)
    )


def permissions_document(found: DeploymentRehearsal, environment: str) -> dict[str, Any]:
    """Write what a rehearsal showed as a JSON value."""
    statements = deployment_statements(found.actions, found.known, environment=environment)
    return {
        "environment": environment,
        "basis": HEADING,
        "policies": list(policy_documents(statements)),
        "statements": [{"sid": each.sid, "rehearsed": each.rehearsed} for each in statements],
        "provider_source": SOURCE,
        "not_rehearsed": list(found.refused),
        "types_without_known_reads": list(found.unlisted),
    }


def permissions_lines(found: DeploymentRehearsal, environment: str) -> Iterator[str]:
    """Write what a rehearsal showed as lines: what it is, then the policies."""
    document = permissions_document(found, environment)
    policies = document["policies"]
    yield f"# {environment}: {HEADING}"
    yield f"# {len(found.actions)} actions were used to create, update and delete it"
    yield f"# statements called ...Provider are of {SOURCE}; nobody checks them here"
    for trouble in found.refused:
        yield f"# not rehearsed: {trouble}"
    for kind in found.unlisted:
        yield f"# of {kind} it is not known what AWS's provider reads"
    for number, policy in enumerate(policies, start=1):
        yield f"# policy {number} of {len(policies)}"
        yield from json.dumps(policy, indent=2).splitlines()
