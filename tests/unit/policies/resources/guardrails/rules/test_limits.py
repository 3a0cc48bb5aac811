"""Each limit at its edge: as much as AWS takes passes, one more does not."""

from __future__ import annotations

from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN
from policies.resources.guardrails.aws_limits import (
    EXECUTIONS,
    LIMITS,
    RULES_OF_GROUP,
    RULES_OF_LISTENER,
    AwsLimit,
    LimitMeasure,
)
from policies.resources.guardrails.rules.limits import AWS_LIMITS
from policies.resources.guardrails.subject import Attributes, NotConcernedError, NotKnownError, Subject
from tests.support.resources.rule_cases import TODAY


def subject(kind: str, values: dict[str, Any] | None = None, *related: Subject) -> Subject:
    attributes = Attributes(values or {}, str)
    return Subject(kind=kind, attributes=attributes, taggable=False, today=TODAY, related=related)


def nested(path: str, value: Any) -> dict[str, Any]:
    name, _, inside = path.partition(".")
    return {name: nested(inside, value) if inside else value}


def with_count(limit: AwsLimit, count: int) -> Subject:
    """A resource that has so many of what is limited."""
    if limit.measure is LimitMeasure.RESOURCES:
        return subject(limit.kind, None, *(subject(limit.kind),) * (count - 1))
    value: Any = "x" * count
    if limit.measure is LimitMeasure.ITEMS:
        value = [{"rule_no": number} for number in range(count)]
    return subject(limit.kind, nested(limit.attribute, value))


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.kind}-{limit.attribute}")
def test_each_limit_at_its_edge(limit: AwsLimit) -> None:
    """With the number, the limit, the page and the way out."""
    assert AWS_LIMITS.judge(with_count(limit, limit.most)) is None
    said = AWS_LIMITS.judge(with_count(limit, limit.most + 1))
    assert said is not None
    for part in (f"{limit.most + 1} {limit.of}", f"AWS takes {limit.most}", limit.page, limit.way_out):
        assert part in said


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_rules_of_a_group_at_their_edge(direction: str) -> None:
    """Those of one direction alone; those of the other do not count."""
    most = RULES_OF_GROUP.most
    values = {"ip_protocol": "tcp", "from_port": 1, "to_port": 1, "cidr_ipv4": "10.0.0.0/8"}
    rules = [subject(f"aws_vpc_security_group_{direction}_rule", values)] * (most + 1)
    other = "egress" if direction == "ingress" else "ingress"
    others = [subject(f"aws_vpc_security_group_{other}_rule", values)] * most
    assert AWS_LIMITS.judge(subject("aws_security_group", {}, *rules[:most], *others)) is None
    said = AWS_LIMITS.judge(subject("aws_security_group", {}, *rules, *others))
    assert said is not None
    assert said.startswith(f"{most + 1} rules of a security group")


def test_rules_of_a_listener_at_their_edge() -> None:
    """A rule is one however many paths it has."""
    rules = [subject("aws_lb_listener_rule")] * (RULES_OF_LISTENER.most + 1)
    assert AWS_LIMITS.judge(subject("aws_lb_listener", {}, *rules[1:])) is None
    assert AWS_LIMITS.judge(subject("aws_lb_listener", {}, *rules)) is not None


def test_reserved_executions_at_their_edge() -> None:
    """Of all functions together; one that reserves none does not count."""
    most = EXECUTIONS.most
    half, rest, none = (
        subject("aws_lambda_function", {EXECUTIONS.attribute: number}) for number in (most - 1, 1, -1)
    )
    for more, passes in ((0, True), (1, False)):
        first = subject("aws_lambda_function", {EXECUTIONS.attribute: more}, half, rest, none)
        assert (AWS_LIMITS.judge(first) is None) is passes


def test_white_space_is_not_counted_where_iam_does_not() -> None:
    """A policy that is written over many lines is no longer for that."""
    assert AWS_LIMITS.judge(subject("aws_iam_policy", {"policy": "x \n" * 6_144})) is None
    definitions = {"container_definitions": "x " * 32_769}
    assert AWS_LIMITS.judge(subject("aws_ecs_task_definition", definitions)) is not None


def test_what_is_not_known_is_said_to_be_so() -> None:
    """And what has none of it is not spoken of."""
    with pytest.raises(NotKnownError):
        AWS_LIMITS.judge(subject("aws_iam_policy", {"policy": UNKNOWN}))
    with pytest.raises(NotConcernedError):
        AWS_LIMITS.judge(subject("aws_iam_policy", {}))
