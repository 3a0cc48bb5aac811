"""IAM policy statements as frozen values, and the list of actions that take no resource but `*`.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from components.errors import ComponentError

UNSCOPED_ACTIONS: dict[str, str] = {
    "ecr:GetAuthorizationToken": "the token is for the whole registry; AWS defines no resource for it",
    "cloudwatch:PutMetricData": "metrics have no ARN; narrowed by cloudwatch:namespace instead",
    "ec2:DescribeNetworkInterfaces": "AWS defines no resource for looking at interfaces",
    "ec2:DescribeSubnets": "AWS defines no resource for looking at subnets",
    "ecs:ListTasks": "its resource is a container instance, which Fargate has not; narrowed by ecs:cluster",
    "elasticloadbalancing:DescribeListeners": "AWS defines no resource for looking at load balancers",
    "elasticloadbalancing:DescribeRules": "AWS defines no resource for looking at load balancers",
    "elasticloadbalancing:DescribeTargetGroups": "AWS defines no resource for looking at load balancers",
    "elasticloadbalancing:DescribeTargetHealth": "AWS defines no resource for looking at load balancers",
    "sts:GetCallerIdentity": "AWS allows it to everybody and defines no resource for it",
    "xray:GetSamplingRules": "AWS defines no resource for reading the rules",
    "xray:GetSamplingTargets": "AWS defines no resource for it",
    "xray:PutTelemetryRecords": "AWS defines no resource for it",
    "xray:PutTraceSegments": "segments have no ARN",
}
"""Actions whose resource can only be `*`, each with the reason.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""


class IamEffect(StrEnum):
    """Whether a matching statement allows or denies."""

    ALLOW = "Allow"
    DENY = "Deny"


class WildcardError(ComponentError):
    """A statement that would allow more than it names."""

    def __init__(self, sid: str, wildcard: str) -> None:
        super().__init__(
            f"the policy statement `{sid}` has the wildcard `{wildcard}`",
            hint="name each action and resource; what AWS cannot narrow goes into UNSCOPED_ACTIONS",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition: `operator` (`ArnEquals`, ...), context key, and the values of which one has to match."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principals:
    """The principals of a resource policy: account or role ARNs, AWS services, or everybody."""

    arns: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    everybody: bool = False

    def render(self) -> Any:
        """The principals as an element of an IAM policy document."""
        if self.everybody:
            return "*"
        rendered: dict[str, Any] = {}
        if self.arns:
            rendered["AWS"] = _one_or_many(self.arns)
        if self.services:
            rendered["Service"] = _one_or_many(self.services)
        return rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class IamStatement:
    """One statement. `this_resource` writes `*`, by which a resource policy means its own resource."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    effect: IamEffect = IamEffect.ALLOW
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    this_resource: bool = False

    def __post_init__(self) -> None:
        """Raise WildcardError for a wildcard without a reason in UNSCOPED_ACTIONS."""
        for action in self.actions:
            if "*" in action:
                raise WildcardError(self.sid, action)
        if "*" in self.resources and not set(self.actions) <= UNSCOPED_ACTIONS.keys():
            raise WildcardError(self.sid, "*")

    def render(self) -> dict[str, Any]:
        """The statement as an element of an IAM policy document; conditions with one operator are merged."""
        rendered: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect.value}
        if self.principals is not None:
            rendered["Principal"] = self.principals.render()
        rendered["Action"] = _one_or_many(tuple(sorted(self.actions)))
        if self.this_resource:
            rendered["Resource"] = "*"
        elif self.resources:
            rendered["Resource"] = _one_or_many(self.resources)
        conditions: dict[str, dict[str, Any]] = {}
        for condition in self.conditions:
            conditions.setdefault(condition.operator, {})[condition.key] = _one_or_many(condition.values)
        if conditions:
            rendered["Condition"] = conditions
        return rendered


def document(statements: Iterable[IamStatement]) -> str:
    """A policy document as JSON text; the same statements always give the same text."""
    return json.dumps({"Version": "2012-10-17", "Statement": [one.render() for one in statements]})


def _one_or_many(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
