"""`myelin release continue`: let deployments that pause go on."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import command
from cli.deployment.delivering.answering import NothingToAnswerError, end_pauses, under_way
from cli.deployment.delivering.service_deployments import EcsDeployment
from cli.errors import UsageError
from cli.session import Session
from cli.worlds.world import deployed_platform, deployed_workloads

ServiceArgument = Annotated[
    str | None,
    typer.Argument(metavar="SERVICE", help="The service; by default all of them.", show_default=False),
]


@command(environment="option", acts=True)
def go_on(session: Session, service: ServiceArgument = None) -> None:
    """Let deployments that pause go on.

    A deployment pauses where its declaration says so, and rolls back if nobody answers. Needs ECS alone, and
    works beside the command that deploys, which goes on as well.

    Examples:

        myelin release continue

        myelin release continue payments --env prod --json
    """
    found = deployments_under_way(session, service)
    ended = end_pauses(session.world.client("ecs"), found, go_on=True)
    if not ended:
        raise NothingToAnswerError(session.environment, "pauses")
    session.write(
        {"environment": session.environment, "continued": list(ended)},
        [f"the deployment of {', '.join(ended)} goes on"],
    )


def deployments_under_way(session: Session, service: str | None) -> tuple[EcsDeployment, ...]:
    """Those of a service, or of all. Raises UsageError for one that is not deployed."""
    services = deployed_workloads(session.world).services
    if service is not None and service not in services:
        raise UsageError(
            f"there is no service `{service}`", hint=f"deployed are {', '.join(sorted(services))}"
        )
    cluster = deployed_platform(session.world).cluster_name
    chosen = sorted(services) if service is None else [service]
    return under_way(session.world.client("ecs"), cluster, chosen)
