"""`myelin release abort`: take deployments back that are under way."""

from __future__ import annotations

from cli.command import command
from cli.commands.release.continuing import ServiceArgument, deployments_under_way
from cli.deployment.delivering.answering import NothingToAnswerError, end_pauses, take_back
from cli.session import Session


@command(environment="option", acts=True)
def abort(session: Session, service: ServiceArgument = None) -> None:
    """Take deployments back that are under way: ECS gives the traffic to the tasks before.

    Answers a pause, or stops a deployment at any other stage. Needs ECS alone; the command that deploys exits
    with 6 then. `myelin release rollback` does the same and waits for its end.

    Examples:

        myelin release abort

        myelin release abort payments --env prod --json
    """
    found = deployments_under_way(session, service)
    if not found:
        raise NothingToAnswerError(session.environment, "is under way")
    ecs = session.world.client("ecs")
    answered = end_pauses(ecs, found, go_on=False)
    taken = take_back(ecs, [one for one in found if one.service not in answered])
    services = sorted({*answered, *taken})
    session.write(
        {"environment": session.environment, "aborted": services},
        [f"the deployment of {', '.join(services)} is taken back"],
    )
