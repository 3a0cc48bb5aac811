"""Finds the log groups of an environment, reads them, and puts their lines in one order."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from cli.errors import UsageError
from cli.worlds.world import World, deployed_platform, deployed_workloads
from components.naming import PhysicalNames

GOVERNANCE = "governance"
ADMIN = "governance-admin"
"""What the two functions call themselves in their log lines; no service may have these names."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One log record: where it was written, when (ISO 8601, UTC), by which service, and its fields."""

    group: str
    stream: str
    timestamp: str
    service: str
    record: dict[str, Any]
    event_id: str = ""
    """CloudWatch's own name for it, by which it is told from an equal one."""


def parse_duration(text: str) -> float:
    """Read `90s`, `15m`, `2h` or `1d` as seconds; raises UsageError."""
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if match is None:
        raise UsageError(
            f"--since `{text}` is not a duration", hint="write a number and s, m, h or d, such as 15m"
        )
    return int(match[1]) * _UNITS[match[2]]


def find_log_groups(world: World) -> dict[str, str]:
    """The log group that each service and function writes to; raises NotDeployedError.

    A service whose first deployment is under way has one, although no output names it yet.
    """
    platform, workloads = deployed_platform(world), deployed_workloads(world)
    prefix = PhysicalNames(world.environment.name).log_group("")
    pages = world.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    names = [str(group["logGroupName"]) for page in pages for group in page["logGroups"]]
    services = {name.removeprefix(prefix): name for name in names}
    services |= {name: service.log_group for name, service in workloads.services.items()}
    return {**services, GOVERNANCE: platform.governance_log_group, ADMIN: platform.admin_log_group}


def find_decision_log(world: World) -> str:
    """The log group that the governance function writes its decisions to; raises NotDeployedError."""
    return deployed_platform(world).governance_log_group


def chosen_groups(groups: Mapping[str, str], service: str) -> tuple[str, ...]:
    """The log groups to read, of those that each writer has: of one service, or all when none is named.

    Raises UsageError, with the names there are, for a service that writes to none.
    """
    if not service:
        return tuple(groups.values())
    if service not in groups:
        near = get_close_matches(service, groups, n=1)
        meant = f"did you mean `{near[0]}`; " if near else ""
        raise UsageError(
            f"no service `{service}` is deployed",
            hint=f"{meant}log lines are from {', '.join(sorted(groups))}",
        )
    return (groups[service],)


def read_lines(
    client: Any,
    groups: Iterable[str],
    *,
    correlation_id: str = "",
    service: str = "",
    seconds: float,
    now: float | None = None,
) -> list[LogEntry]:
    """Read the structured lines of the last `seconds`, oldest first.

    `client` is a boto3 client of CloudWatch Logs. Lines that are no JSON object, such as a platform's own,
    are left out when a correlation id or a service is asked for.
    """
    start = int(((now or time.time()) - seconds) * 1000)
    asked = {"filterPattern": f'"{correlation_id}"'} if correlation_id else {}
    found: list[LogEntry] = []
    for group in groups:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=start, **asked
        )
        events = (event for page in pages for event in page["events"])
        found.extend(_entries(group, events))
    matching = (
        line
        for line in found
        if (not correlation_id or line.record.get("correlation_id") == correlation_id)
        and (not service or line.service == service)
    )
    return sorted(matching, key=lambda line: line.timestamp)


def follow_lines(
    read: Callable[[], Sequence[LogEntry]], told: Collection[str], *, pause: Callable[[], None]
) -> Iterator[list[LogEntry]]:
    """The lines of each reading that none before had, for ever; `read` gives those of the last while.

    `told` are the ids of lines that were told already. A line that arrives late is told when it arrives, also
    where later ones were told before.
    """
    while True:
        lines = read()
        yield [line for line in lines if line.event_id not in told]
        # what is read no more need not be remembered
        told = {line.event_id for line in lines}
        pause()


def _entries(group: str, events: Iterable[dict[str, Any]]) -> Iterator[LogEntry]:
    for event in events:
        record = _parse_message(str(event["message"]))
        stamp = record.get("timestamp")
        written = stamp if isinstance(stamp, str) else _iso_time(int(event["timestamp"]))
        default = group.rsplit("/", 1)[-1]
        yield LogEntry(
            group=group,
            stream=str(event["logStreamName"]),
            timestamp=written,
            service=str(record.get("service", default)),
            record=record,
            event_id=str(event.get("eventId", "")),
        )


def _parse_message(message: str) -> dict[str, Any]:
    try:
        record = json.loads(message)
    except ValueError:
        record = None
    return record if isinstance(record, dict) else {"message": message.rstrip()}


def _iso_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="microseconds")
