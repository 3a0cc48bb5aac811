"""`myelin logs`: what services and functions wrote, from the emulated CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import EnvironmentOption, JsonOption, ProjectOption
from cli.output import note, print_json, reported, say
from cli.project import DEFAULT_ENVIRONMENT, find_project

if TYPE_CHECKING:
    from cli.log_reader import Line


def logs(
    *,
    correlation_id: Annotated[
        str, typer.Option("--correlation-id", "-c", help="Only the lines of this call.")
    ] = "",
    service: Annotated[str, typer.Option(help="Only this service, or `governance`.")] = "",
    since: Annotated[str, typer.Option(help="How far back: 90s, 15m, 2h.")] = "1h",
    limit: Annotated[int, typer.Option(min=1, help="At most this many lines, the newest.")] = 200,
    env: EnvironmentOption = DEFAULT_ENVIRONMENT,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what services and functions logged.

    The lines of all services and the governance function, in the order of their times.

    Examples:

        myelin logs

        myelin logs --correlation-id 6f1c0a5e

        myelin logs --service governance --since 5m --json
    """
    # only a run pays for what it imports
    from cli.deployment.inputs import read_region  # noqa: PLC0415
    from cli.deployment.sandbox import attach  # noqa: PLC0415
    from cli.deployment.standing import find_log_groups  # noqa: PLC0415
    from cli.log_reader import parse_duration, read_lines  # noqa: PLC0415

    with reported(as_json=as_json):
        window = parse_duration(since)
        found = find_project(directory=project)
        sandbox = attach(found, region=read_region(found, env))
        groups = find_log_groups(sandbox, env)
        lines = read_lines(
            sandbox.client("logs"),
            groups,
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
