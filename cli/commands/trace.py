"""`myelin trace`: what a request did, and when, from the entry to the last callee."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import UsageError
from cli.logs.correlation_id import check_correlation_id
from cli.logs.reader import find_log_groups, parse_duration, read_lines
from cli.session import Session
from cli.tracing.reader import (
    MOST_SUMMARIES,
    TRACE_ID,
    TraceSummary,
    chosen,
    find_summaries,
    read_trace,
    read_traces,
)
from cli.tracing.service_map import map_document, map_lines, service_map
from cli.tracing.waterfall import trace_document, waterfall

MAP_TRACES = 200
"""The latest traces that a map is made of."""


@command(environment="option")
def trace(
    session: Session,
    identity: Annotated[str, typer.Argument(metavar="[ID]", help="A trace, or a correlation id.")] = "",
    *,
    slowest: Annotated[bool, typer.Option("--slowest", help="List the slowest traces.")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="List traces that failed, alone.")] = False,
    whole_map: Annotated[bool, typer.Option("--map", help="Show who called whom.")] = False,
    since: Annotated[str, typer.Option(help="How far back: 15m, 2h.")] = "1h",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="List at most so many.")] = 20,
) -> None:
    """Show what a request did, and when.

    With an ID, every hop of that trace as a waterfall, and what of its time nobody recorded. Without one,
    the latest traces; --map shows who called whom, how often and how fast.

    Examples:

        myelin trace --slowest

        myelin trace --errors --since 15m

        myelin trace 1-6b0a85b3-8ea71b00e3de4197a2a9c4df

        myelin trace --map --json
    """
    if identity and (slowest or errors or whole_map):
        raise UsageError(
            "one trace is shown whole", hint="leave out --slowest, --errors and --map, or the ID"
        )
    seconds = parse_duration(since)
    client = session.world.client("xray")
    if identity:
        found = read_trace(client, _trace_id(session, identity, seconds))
        session.write(trace_document(found), waterfall(found))
        return
    summaries = find_summaries(client, now=time.time(), seconds=seconds)
    if whole_map:
        latest = chosen(summaries, slowest=slowest, errors=errors, limit=MAP_TRACES)
        traces = tuple(read_traces(client, [one.id for one in latest]))
        edges = service_map(traces)
        session.write(map_document(edges, len(traces)), map_lines(edges, len(traces)))
        return
    listed = chosen(summaries, slowest=slowest, errors=errors, limit=limit)
    session.write(_document(session.environment, listed, summaries), _lines(listed, summaries))


def _trace_id(session: Session, identity: str, seconds: float) -> str:
    """The trace itself, or that of the lines with a correlation id. Raises UsageError."""
    if TRACE_ID.fullmatch(identity):
        return identity
    check_correlation_id(identity)
    lines = read_lines(
        session.world.client("logs"),
        find_log_groups(session.world).values(),
        correlation_id=identity,
        seconds=seconds,
    )
    for line in lines:
        if TRACE_ID.fullmatch(str(line.record.get("trace_id", ""))):
            return str(line.record["trace_id"])
    raise UsageError(
        f"no line of the last while with the correlation id `{identity}` names a trace",
        hint="give a longer --since, or the id of a trace",
    )


def _lines(listed: Sequence[TraceSummary], summaries: Sequence[TraceSummary]) -> Iterator[str]:
    for one in listed:
        state = "fault" if one.fault else "error" if one.error else "ok"
        status = one.status if one.status is not None else ""
        yield f"{one.id}  {1000 * one.seconds:>9.1f} ms  {state:<5}  {one.method} {one.url} {status}".rstrip()
    bound = " (no more were looked at)" if len(summaries) >= MOST_SUMMARIES else ""
    yield f"{len(listed)} of {len(summaries)} traces{bound}"


def _document(
    environment: str, listed: Sequence[TraceSummary], summaries: Sequence[TraceSummary]
) -> dict[str, Any]:
    return {
        "environment": environment,
        "looked_at": len(summaries),
        "complete": len(summaries) < MOST_SUMMARIES,
        "traces": [
            {
                "id": one.id,
                "seconds": one.seconds,
                "fault": one.fault,
                "error": one.error,
                "method": one.method,
                "url": one.url,
                "status": one.status,
            }
            for one in listed
        ],
    }
