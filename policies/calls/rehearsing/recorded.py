"""Reads decisions from the log lines of the decide function, also of older releases, for a replay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from policies.calls.rehearsing.replay import RecordedDecision

_ALL_INPUTS = frozenset({("tenant",), ("attributes",)})


def is_decision(line: Mapping[str, Any]) -> bool:
    """Whether a log line is about a decision."""
    return "decision_id" in line and "reason_code" in line


def read_recorded(line: Mapping[str, Any], *, environment: str) -> RecordedDecision | None:
    """The decision that a log line records, or None if a field is missing.

    `environment` is where it was made, if the line does not say so itself.
    """
    names = {"service": line.get("caller"), "intent": line.get("intent"), "target": line.get("target")}
    allowed, code = line.get("allowed"), line.get("reason_code")
    at = _parse_time(line.get("evaluated_at") or line.get("timestamp"))
    if not isinstance(allowed, bool) or not isinstance(code, str) or at is None:
        return None
    event: dict[str, Any] = {name: value for name, value in names.items() if isinstance(value, str)}
    masked = _masked_paths(line)
    tenant, context = line.get("tenant"), line.get("context")
    if isinstance(tenant, str) and ("tenant",) not in masked:
        event["tenant"] = tenant
    if isinstance(context, dict) and ("attributes",) not in masked:
        event["context"] = _without_paths(context, [path[1:] for path in masked if path[0] == "attributes"])
    proven = line.get("proven")
    if proven is False:
        event["unproven"] = True
    elif proven is not True:
        # an older release did not say
        masked |= {("proven",)}
    version = line.get("policy_version")
    said = line.get("environment")
    return RecordedDecision(
        event=event,
        at=at,
        environment=said if isinstance(said, str) else environment,
        allowed=allowed,
        reason_code=code,
        policies=tuple(str(name) for name in line.get("policies") or ()),
        version=version if isinstance(version, str) else None,
        decision_id=str(line.get("decision_id")),
        masked=masked,
    )


def _masked_paths(line: Mapping[str, Any]) -> frozenset[tuple[str, ...]]:
    """The paths of the masked fields, as conditions name them; everything, if the line does not list them."""
    listed = line.get("masked")
    if not isinstance(listed, list | tuple):
        return _ALL_INPUTS
    paths = (tuple(str(name).split(".")) for name in listed)
    return frozenset(("attributes", *path[1:]) if path[0] == "context" else path for path in paths)


def _without_paths(context: Mapping[str, Any], paths: list[tuple[str, ...]]) -> dict[str, Any]:
    """The context without the masked fields, in which the log has a mask."""
    kept: dict[str, Any] = {}
    for name, value in context.items():
        inner = [path[1:] for path in paths if path[:1] == (name,)]
        if () in inner:
            continue
        kept[name] = _without_paths(value, inner) if inner and isinstance(value, dict) else value
    return kept


def _parse_time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
