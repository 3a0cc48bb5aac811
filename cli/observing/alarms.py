"""The alarms of an environment as CloudWatch has them, as lines and as a JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.observing.deployed_services import require_known
from cli.terminal.styling import style
from cli.worlds.world import World, deployed_workloads
from components.naming import FUNCTIONS, PhysicalNames

RED, UNKNOWN = "ALARM", "INSUFFICIENT_DATA"
_WORDS = {RED: "red", "OK": "ok", UNKNOWN: "unknown"}
_COLOURS = {RED: "red", "OK": "green"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAlarm:
    """An alarm: state, why, since when, whom it tells, and what it would roll back.

    `owner` is the service or function that it is about. `tells` is whether a topic hears of it;
    `suppressed_by` why it does not hear of it now.
    """

    name: str
    owner: str
    state: str
    reason: str
    since: datetime | None
    description: str
    tells: bool
    rolls_back: str = ""
    suppressed_by: str = ""

    @property
    def helps(self) -> bool:
        """Whether it is there to keep another alarm quiet, and says nothing by itself."""
        return self.name.endswith(("-known", "/callees-down"))

    @property
    def label(self) -> str:
        """Its name within its owner's: `errors`, or the owner's for the alarm on the whole."""
        return self.name.partition("/")[2] or self.name


def read_alarms(world: World, owner: str = "") -> tuple[ShownAlarm, ...]:
    """The alarms of the environment, or of one service or function; those on a whole service come first.

    Raises NotDeployedError, NotRunningError, and UsageError for an owner that there is not.
    """
    workloads = deployed_workloads(world)
    names = PhysicalNames(world.environment.name)
    rolled_back = {service.alarm: name for name, service in workloads.services.items()}
    owners = {f"{names.function(name)}-": name for name in FUNCTIONS}
    if owner:
        require_known("service or function", owner, [*workloads.services, *FUNCTIONS])
    client = world.client("cloudwatch")
    found: list[ShownAlarm] = []
    for prefix in (names.service_alarm(""), names.of("")):
        for described in _described(client, prefix):
            name = str(described["AlarmName"])
            whose = _owner(name, names.service_alarm(""), owners)
            if whose is not None and owner in ("", whose):
                found.append(_shown(described, whose, rolled_back.get(name, "")))
    return tuple(sorted(found, key=lambda alarm: (alarm.owner in FUNCTIONS, alarm.name)))


def _described(client: Any, prefix: str) -> Iterator[Mapping[str, Any]]:
    pages = client.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for page in pages:
        yield from page.get("CompositeAlarms", ())
        yield from page.get("MetricAlarms", ())


def _owner(name: str, services: str, functions: Mapping[str, str]) -> str | None:
    """Whose alarm it is; None for one that is not of this platform, such as those of scaling."""
    if name.startswith(services):
        return name.removeprefix(services).partition("/")[0]
    # the longest first: `governance-admin` begins as `governance` does
    fitting = [prefix for prefix in functions if name.startswith(prefix)]
    return functions[max(fitting, key=len)] if fitting else None


def _shown(described: Mapping[str, Any], owner: str, rolls_back: str) -> ShownAlarm:
    since = described.get("StateTransitionedTimestamp") or described.get("StateUpdatedTimestamp")
    return ShownAlarm(
        name=str(described["AlarmName"]),
        owner=owner,
        state=str(described["StateValue"]),
        reason=str(described.get("StateReason", "")),
        since=since,
        description=str(described.get("AlarmDescription", "")),
        tells=bool(described.get("ActionsEnabled", True) and described.get("AlarmActions")),
        rolls_back=rolls_back,
        suppressed_by=str(described.get("ActionsSuppressedBy") or ""),
    )


def alarm_lines(alarms: Iterable[ShownAlarm], *, whole: bool, now: datetime) -> Iterator[str]:
    """The alarms as lines: those that tell somebody and those that are not ok; with `whole`, each."""
    listed = list(alarms)
    red = [alarm for alarm in listed if alarm.state == RED and not alarm.helps]
    unknown = sum(alarm.state == UNKNOWN for alarm in listed)
    shown = [alarm for alarm in listed if whole or alarm.tells or (alarm.state != "OK" and not alarm.helps)]
    width = max((len(alarm.label) for alarm in shown), default=0)
    for alarm in shown:
        word = style(f"{_WORDS.get(alarm.state, alarm.state):7}", fg=_COLOURS.get(alarm.state))
        since = f"  for {_age(alarm.since, now)}" if alarm.since else ""
        yield f"{word} {alarm.label:{width}}{since}{_consequence(alarm)}"
        if alarm.state == RED:
            yield f"        {alarm.reason}"
            yield f"        {alarm.description}"
    rest = sum(alarm.state == "OK" for alarm in listed)
    left = f"; --all shows all {len(listed)}" if len(shown) < len(listed) else ""
    yield f"{len(red)} red, {unknown} unknown, {rest} ok{left}"


def _consequence(alarm: ShownAlarm) -> str:
    parts = []
    if alarm.rolls_back:
        verb = "rolls back" if alarm.state == RED else "would roll back"
        parts.append(f"{verb} a deployment of {alarm.rolls_back}")
    if alarm.suppressed_by:
        parts.append(f"nobody is told: {alarm.suppressed_by}")
    return f"  ({'; '.join(parts)})" if parts else ""


def _age(since: datetime, now: datetime) -> str:
    seconds = max(0, int((now - since).total_seconds()))
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def alarms_document(environment: str, alarms: Iterable[ShownAlarm]) -> dict[str, Any]:
    """The alarms as a JSON value."""
    listed = list(alarms)
    return {
        "environment": environment,
        "red": sum(alarm.state == RED for alarm in listed),
        "unknown": sum(alarm.state == UNKNOWN for alarm in listed),
        "alarms": [
            {
                "name": alarm.name,
                "owner": alarm.owner,
                "state": alarm.state,
                "reason": alarm.reason,
                "since": alarm.since.astimezone(UTC).isoformat() if alarm.since else None,
                "description": alarm.description,
                "tells": alarm.tells,
                "rolls_back": alarm.rolls_back or None,
                "suppressed_by": alarm.suppressed_by or None,
            }
            for alarm in listed
        ],
    }
