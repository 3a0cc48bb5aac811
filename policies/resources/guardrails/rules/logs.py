"""Rules about logs: they are kept for a time that somebody chose, in groups that somebody declared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...graph.values import UNKNOWN
from ..rule import Guardrail, Reach
from ..subject import NotKnownError, Subject


def _retention(subject: Subject) -> str | None:
    if subject.attributes.raw("log_group_class") == "DELIVERY":
        # AWS itself keeps such events for two days
        return None
    days = subject.attributes.get("retention_in_days")
    if days in (None, "", 0, "0"):
        return "`retention_in_days` is not set, so log events are kept, and paid for, without end"
    return None


def _declared_group(subject: Subject) -> str | None:
    if subject.kind == "aws_lambda_function":
        if subject.attributes.has("logging_config.log_group"):
            return None
        return "`logging_config.log_group` is not set, so Lambda makes a log group that keeps events for ever"
    unknown = False
    for container in _containers(subject):
        makes = _inside(container, "logConfiguration", "options", "awslogs-create-group")
        if str(makes).lower() == "true":
            return (
                f"the container `{_inside(container, 'name')}` makes its log group itself, without retention"
            )
        unknown = unknown or makes is UNKNOWN
    if unknown:
        raise NotKnownError(subject.attributes.spell("container_definitions"))
    return None


def _containers(subject: Subject) -> list[Any]:
    text = subject.attributes.get("container_definitions")
    try:
        # checkov parses the document of a plan itself
        definitions = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        name = subject.attributes.spell("container_definitions")
        raise NotKnownError(name, said=f"`{name}` is no JSON, so nothing can be said of it") from error
    return definitions if isinstance(definitions, list) else [definitions]


def _inside(value: Any, *names: str) -> Any:
    """What stands under some names, UNKNOWN where that is not known, None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else UNKNOWN if value is UNKNOWN else None
    return value


LOG_RETENTION = Guardrail(
    id="CKV_MYELIN_3",
    name="log-retention-set",
    title="Ensure that log groups say how long they keep events",
    hint="set `retention_in_days`; 0 means for ever",
    reach=Reach.ANYBODY,
    kinds=("aws_cloudwatch_log_group",),
    judge=_retention,
)
DECLARED_LOG_GROUP = Guardrail(
    id="CKV_MYELIN_4",
    name="log-group-declared",
    title="Ensure that functions and tasks write to a log group that is declared",
    hint="declare the log group with its retention and key, and name it",
    reach=Reach.PLATFORM,
    kinds=("aws_ecs_task_definition", "aws_lambda_function"),
    judge=_declared_group,
)
