"""`myelin graph reach`: whether one end of the network reaches another, and which rules decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import UsageError
from cli.exit_codes import ExitCode
from cli.network.deployed import read_network
from cli.network.planned import plan_network
from cli.session import Session
from cli.terminal.styling import style
from components.declarations import load_services
from components.network.reachability import Reachability, Topology, reach
from components.network.security_group_plan import HTTPS


@command(environment="option")
def reach_end(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Who opens the connection.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Who takes it.")],
    port: Annotated[
        int | None,
        typer.Argument(
            metavar="PORT",
            min=1,
            max=65535,
            help="The TCP port; by default the service's, else 443.",
            show_default=False,
        ),
    ] = None,
    *,
    deployed: Annotated[
        bool, typer.Option("--deployed", help="Ask what is there now, in place of what is planned.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when it is not reached.")] = False,
) -> None:
    """Show whether one end of the network reaches another, and whether the answer comes back.

    Hop by hop, from security groups, routes and network ACLs, up to the first that refuses. FROM and TO are
    services, `load-balancer`, `endpoints` (of AWS, in the VPC) or `internet`. Not looked at: whether
    a process listens there, what IAM and governance say, and S3 and DynamoDB behind their gateways.

    Examples:

        myelin graph reach load-balancer orbit

        myelin graph reach orbit internet 443 --env dev

        myelin graph reach orbit endpoints --deployed --json
    """
    services = load_services(session.project.services)
    if deployed:
        network = read_network(session.world)
    else:
        network = plan_network(session.project, session.environment, services)
    for name in (source, target):
        if name not in network.ends:
            raise UsageError(
                f"there is no `{name}` in the network of `{session.environment}`",
                hint=f"it has {', '.join(f'`{end}`' for end in sorted(network.ends))}",
            )
    chosen = port or (services.get(target).port if target in services.names else HTTPS)
    found = reach(network, source, target, chosen)
    document: dict[str, Any] = {
        "environment": session.environment,
        "deployed": deployed,
        "source": source,
        "target": target,
        "port": chosen,
        "reachable": found.reachable,
        "hops": [{"where": hop.where, "passes": hop.passes, "why": hop.why} for hop in found.hops],
    }
    session.write(document, _lines(found, document, network))
    if exit_code and not found.reachable:
        raise typer.Exit(ExitCode.FINDINGS)


def _lines(found: Reachability, document: dict[str, Any], network: Topology) -> Iterator[str]:
    source, target, port = document["source"], document["target"], document["port"]
    how = "as it is deployed" if document["deployed"] else "as it is planned"
    if found.reachable:
        pairs = max(1, len(network.ends[source].subnets)) * max(1, len(network.ends[target].subnets))
        each = " from each of its subnets to each" if pairs > 1 else ""
        yield f"{source} reaches {target} on port {port}{each}, and the answer comes back ({how})"
    else:
        yield f"{source} does not reach {target} on port {port} ({how})"
    for hop in found.hops:
        word = style("passes ", fg="green") if hop.passes else style("refused", fg="red")
        yield f"  {word} {hop.where}: {hop.why}"
