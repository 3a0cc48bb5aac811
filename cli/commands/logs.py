"""`myelin logs`: what services and functions wrote, from the emulated CloudWatch Logs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import UsageError
from cli.logs.correlation_id import check_correlation_id
from cli.logs.filtering import line_filter
from cli.logs.reader import (
    LogEntry,
    chosen_groups,
    find_log_groups,
    follow_lines,
    parse_duration,
    read_lines,
)
from cli.project import Project
from cli.session import Session
from cli.terminal.output import note, print_verbatim

FOLLOW_PAUSE_SECONDS = 0.5
FOLLOWED_SECONDS = 60.0
"""How far back each look goes: lines may arrive that much later than they are written."""


@command(environment="argument")
def logs(
    session: Session,
    *,
    correlation_id: Annotated[
        str, typer.Option("--correlation-id", "-c", help="Only the lines of this call.")
    ] = "",
    service: Annotated[str, typer.Option(help="Only this service, or `governance`.")] = "",
    since: Annotated[str, typer.Option(help="How far back: 90s, 15m, 2h.")] = "1h",
    limit: Annotated[int, typer.Option(min=1, help="At most this many lines, the newest.")] = 200,
    level: Annotated[
        str, typer.Option(help="Only from this level up: debug, info, warning, error, critical.")
    ] = "",
    grep: Annotated[str, typer.Option(help="Only lines that this regular expression is found in.")] = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with lines as they come, until Ctrl-C.")
    ] = False,
) -> None:
    """Show what services and functions logged.

    The lines of all services and the governance function, in the order of their times. With --follow and
    --json each line is a JSON document of its own. A line that says no level counts as info; --grep looks
    into the line as it was written.

    Examples:

        myelin logs

        myelin logs -f --service governance

        myelin logs -f --level warning --grep timed.out

        myelin logs --correlation-id 6f1c0a5e

        myelin logs dev --service governance --since 5m --json
    """
    window = parse_duration(since)
    wanted = line_filter(level, grep)
    if correlation_id:
        check_correlation_id(correlation_id)
    if session.named_environment:
        _require_environment(session.project, session.named_environment)

    def read(seconds: float) -> list[LogEntry]:
        return wanted.chosen(
            read_lines(
                session.world.client("logs"),
                chosen_groups(find_log_groups(session.world), service),
                correlation_id=correlation_id,
                service=service,
                seconds=seconds,
            )
        )

    found = read(window)
    lines = found[-limit:]
    if follow:
        _follow(session, lines, told={line.event_id for line in found}, read=lambda: read(FOLLOWED_SECONDS))
        return
    session.write([_document(line) for line in lines], (_text(line) for line in lines))
    if not lines and not session.as_json:
        note("no lines; logs arrive within a second of being written")


def _follow(
    session: Session, lines: Sequence[LogEntry], *, told: set[str], read: Callable[[], Sequence[LogEntry]]
) -> None:
    """Write what is there, and then what comes; ends with Ctrl-C, or when nobody reads any more."""
    following = follow_lines(read, told, pause=lambda: time.sleep(FOLLOW_PAUSE_SECONDS))
    for batch in chain([lines], following):
        for line in batch:
            print_verbatim(json.dumps(_document(line)) if session.as_json else _text(line))


def _require_environment(project: Project, word: str) -> None:
    """Raise UsageError for a word that is no environment, with the option that it may have been meant for."""
    if word in project.environments():
        return
    if word == "governance" or (project.services / word / "service.toml").is_file():
        raise UsageError(f"`{word}` is no environment", hint=f"for its lines alone, write `--service {word}`")
    try:
        project.require_environment(word)
    except UsageError as error:
        hint = f"for the lines of one call, write `--correlation-id {word}`; {error.hint}"
        raise UsageError(error.message, hint=hint) from error


def _document(line: LogEntry) -> dict[str, Any]:
    return {"group": line.group, "stream": line.stream, "timestamp": line.timestamp, **line.record}


def _text(line: LogEntry) -> str:
    level = str(line.record.get("level", "")).upper()
    rest = {
        name: value
        for name, value in line.record.items()
        if name not in ("timestamp", "level", "service", "message", "correlation_id")
        and isinstance(value, str | int | float | bool)
    }
    extra = " ".join(f"{name}={value}" for name, value in rest.items())
    return f"{line.timestamp} {line.service:<10} {level:<7} {line.record.get('message', '')} {extra}".rstrip()
