"""`myelin logs`: what services and functions wrote, from the emulated CloudWatch Logs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import UsageError
from cli.logs.correlation_id import check_correlation_id
from cli.logs.reader import LogEntry, chosen_groups, find_log_groups, parse_duration, read_lines
from cli.project import Project
from cli.session import Session
from cli.terminal.output import note


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
) -> None:
    """Show what services and functions logged.

    The lines of all services and the governance function, in the order of their times.

    Examples:

        myelin logs

        myelin logs --correlation-id 6f1c0a5e

        myelin logs dev --service governance --since 5m --json
    """
    window = parse_duration(since)
    if correlation_id:
        check_correlation_id(correlation_id)
    if session.named_environment:
        _require_environment(session.project, session.named_environment)
    groups = find_log_groups(session.world)
    lines = read_lines(
        session.world.client("logs"),
        chosen_groups(groups, service),
        correlation_id=correlation_id,
        service=service,
        seconds=window,
    )[-limit:]
    session.write([_document(line) for line in lines], (_text(line) for line in lines))
    if not lines and not session.as_json:
        note("no lines; logs arrive within a second of being written")


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
