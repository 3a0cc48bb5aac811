"""How long logs are kept, and who makes the group that they go to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN
from policies.resources.guardrails.rules.logs import DECLARED_LOG_GROUP, LOG_RETENTION
from policies.resources.guardrails.subject import Attributes, NotKnownError, Subject, camel
from tests.support.resources.judged import TODAY


def subject(kind: str, **values: Any) -> Subject:
    return Subject(kind=kind, attributes=Attributes(values, camel), taggable=True, today=TODAY)


def group(**values: Any) -> str | None:
    return LOG_RETENTION.judge(subject("aws_cloudwatch_log_group", **values))


def task(definitions: Any) -> str | None:
    return DECLARED_LOG_GROUP.judge(subject("aws_ecs_task_definition", containerDefinitions=definitions))


def container(create: Any, name: Any = "web") -> dict[str, Any]:
    return {"name": name, "logConfiguration": {"options": {"awslogs-create-group": create}}}


@pytest.mark.parametrize(
    ("days", "passes"), [(1, True), ("1", True), (0, False), ("0", False), ("", False), (None, False)]
)
def test_no_days_are_for_ever(days: Any, *, passes: bool) -> None:
    """Zero and nothing mean without end, as a number and as a text; one day is a choice."""
    assert (group(retentionInDays=days) is None) is passes


def test_a_group_for_delivery_has_a_retention_of_its_own() -> None:
    """AWS keeps it for two days whatever is written; of other classes the program has to say it."""
    assert group(logGroupClass="DELIVERY", retentionInDays=UNKNOWN) is None
    assert group(logGroupClass="INFREQUENT_ACCESS") is not None
    assert group(logGroupClass=UNKNOWN) is not None


def test_a_retention_that_is_not_known_is_not_judged() -> None:
    """It may be zero."""
    with pytest.raises(NotKnownError, match="`retentionInDays`"):
        group(retentionInDays=UNKNOWN)


@pytest.mark.parametrize(
    ("config", "passes"),
    [
        (None, False),
        ({}, False),
        ({"logFormat": "JSON"}, False),
        ({"logGroup": ""}, False),
        ({"logGroup": UNKNOWN}, True),
        (UNKNOWN, True),
    ],
)
def test_a_function_names_its_group(config: Any, *, passes: bool) -> None:
    """A group that a deployment brings is declared; an empty name, or only a format, leaves it to Lambda."""
    fault = DECLARED_LOG_GROUP.judge(subject("aws_lambda_function", loggingConfig=config))
    assert (fault is None) is passes


@pytest.mark.parametrize("create", ["true", "TRUE", True])
def test_a_container_that_makes_its_group_fails(create: Any) -> None:
    """In any spelling, in any container, and whatever is not known of the others."""
    for definitions in (
        [container(create)],
        [container("false", "a"), container(create)],
        [UNKNOWN, container(create)],
    ):
        assert task(definitions) == "the container `web` makes its log group itself, without retention"
    assert task(json.dumps([container(create)])) == task([container(create)])


@pytest.mark.parametrize(
    "definitions",
    [
        None,
        [],
        "[]",
        [{}],
        [container("false")],
        [container(None)],
        [{"name": UNKNOWN}],
        [{"logConfiguration": None}],
        container("false"),
        "7",
        ["x", 7],
    ],
)
def test_a_task_that_makes_no_group_passes(definitions: Any) -> None:
    """Without containers, without options, and in shapes that are no containers at all."""
    assert task(definitions) is None


@pytest.mark.parametrize(
    "definitions",
    [
        UNKNOWN,
        [UNKNOWN],
        [container("false"), UNKNOWN],
        [{"name": "web", "logConfiguration": UNKNOWN}],
        [{"name": "web", "logConfiguration": {"options": UNKNOWN}}],
        [container(UNKNOWN)],
    ],
)
def test_a_container_that_is_not_known_is_not_judged(definitions: Any) -> None:
    """At whichever depth it is not known whether it makes its group, the rule says neither."""
    with pytest.raises(NotKnownError, match="`containerDefinitions` is not known"):
        task(definitions)


def test_definitions_that_are_no_json_are_told() -> None:
    """They are not waiting for a deployment, so that is not what is said."""
    with pytest.raises(NotKnownError, match="`containerDefinitions` is no JSON"):
        task("[{")
