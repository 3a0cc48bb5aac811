"""`myelin metrics`: how much services are asked, how they answer, and what they use."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cli.command import command
from cli.logs.reader import parse_duration
from cli.observing.deployed_services import chosen_services, pace_of
from cli.observing.metric_lines import metric_lines, metrics_document
from cli.observing.service_metrics import read_metrics
from cli.observing.time_window import window_until
from cli.session import Session


@command(environment="option")
def metrics(
    session: Session,
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Only this service.")] = "",
    *,
    since: Annotated[str, typer.Option(help="How far back: 15m, 2h, 7d; in whole minutes.")] = "15m",
) -> None:
    """Show how much services are asked, how they answer, and what they use.

    Requests, errors and percentiles of the latency; what governance was asked and denied; what the circuit
    breaker stopped; CPU and memory of the tasks. The bars go from the oldest to now; a dot is no data.

    Examples:

        myelin metrics

        myelin metrics orbit --since 2h

        myelin metrics --json
    """
    seconds = parse_duration(since)
    world = session.world
    chosen = chosen_services(world, service)
    window = window_until(time.time(), seconds, time_scale=pace_of(world))
    found = read_metrics(
        world.client("cloudwatch"), environment=session.environment, services=chosen, window=window
    )
    session.write(metrics_document(session.environment, found), metric_lines(found))
