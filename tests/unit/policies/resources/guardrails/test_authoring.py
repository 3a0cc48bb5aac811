"""What rules of a project's own are made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from policies.resources.findings.values import CheckVerdict
from policies.resources.graph.values import UNKNOWN, Graph
from policies.resources.guardrails import authoring as check
from policies.resources.guardrails.evaluation import evaluate
from tests.support.resources.judged import FAILED, OPEN, PASSED, TODAY, resource

GROUP = "aws:ec2/securityGroup:SecurityGroup"
POLICY = "aws:iam/policy:Policy"
STATEMENT = (
    '{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{}", "Resource": "*"}}]}}'
)


def closed(subject: check.Subject) -> str | None:
    """Nothing is open to the world, whatever the port."""
    for opening in check.openings(subject):
        if check.is_world(opening.networks):
            return f"{opening} is open"
        if opening.unknown:
            raise check.NotKnownError(opening.unknown[0])
    return None


def nothing_is_deleted(subject: check.Subject) -> str | None:
    """No statement allows to delete; a resource without a policy is none of its concern."""
    policies = list(check.policies_of(subject))
    if not policies:
        raise check.NotConcernedError
    actions = [statement["Action"] for policy in policies for statement in policy.statements()]
    return next((f"allows {action}" for action in actions if "Delete" in action), None)


def judged(
    judge: Callable[[check.Subject], str | None], token: str, inputs: Mapping[str, Any]
) -> CheckVerdict | None:
    """What a rule that is written with nothing but this module says of a resource."""
    rule = check.Guardrail(
        id="SHOP_1",
        name="shop",
        title="t",
        hint="h",
        reach=check.Reach.ANYBODY,
        kinds=("aws_*",),
        judge=judge,
        severity=check.Severity.HIGH,
    )
    graph = Graph(stack="dev", source="preview", resources=(resource(token, **inputs),))
    found = evaluate(graph, TODAY, platform=False, more=(rule,))
    return next((one.verdict for one in found if one.rule is rule), None)


@pytest.mark.parametrize(
    ("cidr", "verdict"), [("0.0.0.0/0", FAILED), ("10.0.0.0/8", PASSED), (UNKNOWN, OPEN)]
)
def test_what_a_group_lets_through(cidr: Any, verdict: CheckVerdict) -> None:
    """`openings`, `is_world` and NotKnownError are enough for a rule about security groups."""
    inputs = {"ingress": [{"protocol": "tcp", "fromPort": 7, "toPort": 7, "cidrBlocks": [cidr]}]}
    assert judged(closed, GROUP, inputs) is verdict


@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [
        ({"policy": STATEMENT.format("s3:DeleteBucket")}, FAILED),
        ({"policy": STATEMENT.format("s3:GetObject")}, PASSED),
        ({"policy": UNKNOWN}, OPEN),
        ({}, None),
    ],
)
def test_what_policies_say(inputs: Mapping[str, Any], verdict: CheckVerdict | None) -> None:
    """`policies_of` and NotConcernedError are enough for a rule about IAM policies."""
    assert judged(nothing_is_deleted, POLICY, inputs) is verdict


def test_nothing_is_promised_that_is_not_there() -> None:
    """Each name in `__all__` is what the guide and the rules of projects may use."""
    assert [name for name in check.__all__ if not hasattr(check, name)] == []
