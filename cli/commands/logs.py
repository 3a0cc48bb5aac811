"""`myelin logs`: what services and functions wrote, from the emulated CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import UsageError
from cli.options import (
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    check_correlation_id,
    chosen_environment,
)
from cli.project import Project, find_project
from cli.terminal.output import note, print_json, reported, say

if TYPE_CHECKING:
    from cli.log_reader import Line


def logs(
    environment: EnvironmentArgument = None,
    *,
    correlation_id: Annotated[
        str, typer.Option("--correlation-id", "-c", help="Only the lines of this call.")
    ] = "",
    service: Annotated[str, typer.Option(help="Only this service, or `governance`.")] = "",
    since: Annotated[str, typer.Option(help="How far back: 90s, 15m, 2h.")] = "1h",
    limit: Annotated[int, typer.Option(min=1, help="At most this many lines, the newest.")] = 200,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what services and functions logged.

    The lines of all services and the governance function, in the order of their times.

    Examples:

        myelin logs

        myelin logs --correlation-id 6f1c0a5e

        myelin logs dev --service governance --since 5m --json
    """
    # only a run pays for what it imports
    from cli.deployment.inputs import read_region  # noqa: PLC0415
    from cli.deployment.status import find_log_groups  # noqa: PLC0415
    from cli.log_reader import chosen_groups, parse_duration, read_lines  # noqa: PLC0415
    from cli.worlds.sandbox import attach  # noqa: PLC0415

    with reported(as_json=as_json):
        window = parse_duration(since)
        if correlation_id:
            check_correlation_id(correlation_id)
        found, wanted = find_project(directory=project), chosen_environment(environment, env)
        _refuse_what_is_no_environment(found, environment)
        sandbox = attach(found, region=read_region(found, wanted))
        groups = find_log_groups(sandbox, wanted)
        lines = read_lines(
            sandbox.client("logs"),
            chosen_groups(groups, service),
            correlation_id=correlation_id,
            service=service,
            seconds=window,
        )[-limit:]
        if as_json:
            print_json([_document(line) for line in lines])
            return
        for line in lines:
            say(_text(line))
        if not lines:
            note("no lines; logs arrive within a second of being written")


def _refuse_what_is_no_environment(project: Project, word: str | None) -> None:
    """Raise UsageError for a word that was meant as something else than an environment."""
    if word is None or word in project.environments():
        return
    if word == "governance" or (project.services / word / "service.toml").is_file():
        raise UsageError(f"`{word}` is no environment", hint=f"for its lines alone, write `--service {word}`")
    try:
        project.require_environment(word)
    except UsageError as error:
        hint = f"for the lines of one call, write `--correlation-id {word}`; {error.hint}"
        raise UsageError(error.message, hint=hint) from error


def _document(line: Line) -> dict[str, Any]:
    return {"group": line.group, "stream": line.stream, "timestamp": line.timestamp, **line.record}


def _text(line: Line) -> str:
    level = str(line.record.get("level", "")).upper()
    rest = {
        name: value
        for name, value in line.record.items()
        if name not in ("timestamp", "level", "service", "message", "correlation_id")
        and isinstance(value, str | int | float | bool)
    }
    extra = " ".join(f"{name}={value}" for name, value in rest.items())
    return f"{line.timestamp} {line.service:<10} {level:<7} {line.record.get('message', '')} {extra}".rstrip()
