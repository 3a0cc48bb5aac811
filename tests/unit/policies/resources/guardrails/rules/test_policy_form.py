"""Policies that AWS would refuse, and actions that there are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN, Resource
from policies.resources.guardrails.iam_actions import fault_of_action
from policies.resources.guardrails.rules.policy_form import EXISTING_ACTIONS, WELL_FORMED_POLICY
from tests.support.resources.judged import FAILED, OPEN, PASSED, detail, resource, verdict

POLICY, ROLE, TOPIC = "aws:iam/policy:Policy", "aws:iam/role:Role", "aws:sns/topic:Topic"


def allowing(*actions: Any, **more: Any) -> Resource:
    """A policy, as a text where all of it is known."""
    document = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}]}
    return resource(POLICY, policy=document if UNKNOWN in actions else json.dumps(document))


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("s3:ListObjects", "there is no action `s3:ListObjects`; `s3:ListBucket` is meant"),
        ("s3:HeadObject", "there is no action `s3:HeadObject`; `s3:GetObject` is meant"),
        ("s3:GetObjects", "there is no action `s3:GetObjects`; `s3:GetObject` is meant"),
        ("lambda:Invoke", "there is no action `lambda:Invoke`; `lambda:InvokeFunction` is meant"),
        ("dynamodb:GetItems", "there is no action `dynamodb:GetItems`; `dynamodb:GetItem` is meant"),
        ("ec2:Describe", "there is no action `ec2:Describe`"),
        ("s3:FlyToTheMoon", "there is no action `s3:FlyToTheMoon`"),
        ("lamda:InvokeFunction", "there is no service `lamda`; `lambda` is meant"),
        ("elbv2:DescribeRules", "there is no service `elbv2`; `elasticloadbalancing` is meant"),
        ("moonbase:Land", "there is no service `moonbase`"),
        ("GetObject", "`GetObject` names no service; write `SERVICE:GetObject`"),
        ("s3:Lst*", "there is no action `s3:Lst*`"),
    ],
)
def test_actions_that_there_are_not(action: str, said: str) -> None:
    """Each is named with the one that was meant, as far as that can be told."""
    fault = fault_of_action(action)
    assert fault is not None
    assert fault.startswith(said)


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "s3:*",
        "s3:GetObject",
        "S3:getobject",
        "s3:Get*",
        "ec2:Describe?nstances",
        "sts:AssumeRole",
        "s*:Get*",
    ],
)
def test_actions_that_there_are(action: str) -> None:
    """In any case of letters, and with wildcards that fit one."""
    assert fault_of_action(action) is None


def test_every_action_of_every_policy_is_looked_at() -> None:
    """In lists, in NotAction, and in policies inside a role."""
    assert verdict(EXISTING_ACTIONS.id, allowing("s3:GetObject", "sqs:SendMessage")) is PASSED
    assert verdict(EXISTING_ACTIONS.id, allowing("s3:GetObject", "s3:ListObjects")) is FAILED
    not_action = resource(
        POLICY, policy={"Statement": {"Effect": "Deny", "NotAction": "s3:Nope", "Resource": "*"}}
    )
    assert verdict(EXISTING_ACTIONS.id, not_action) is FAILED
    inline = {"name": "a", "policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": "sqs:Send"}]})}
    assert verdict(EXISTING_ACTIONS.id, resource(ROLE, inlinePolicies=[inline])) is FAILED
    assert (
        verdict(EXISTING_ACTIONS.id, resource("aws:ecr/lifecyclePolicy:LifecyclePolicy", policy="{}")) is None
    )
    assert verdict(EXISTING_ACTIONS.id, resource(TOPIC)) is None


def test_many_faults_are_counted() -> None:
    """The first ones are told."""
    found = detail(EXISTING_ACTIONS.id, allowing("s3:Aaaaaaaa", "s3:Bbbbbbbb", "s3:Cccccccc", "s3:Dddddddd"))
    assert found.count("there is no action") == 3
    assert found.endswith("; and 1 more")


def test_what_is_known_of_a_policy_is_judged() -> None:
    """An unknown action leaves the rule open, unless another one is wrong."""
    assert verdict(EXISTING_ACTIONS.id, allowing(UNKNOWN, "s3:GetObject")) is OPEN
    assert verdict(EXISTING_ACTIONS.id, allowing(UNKNOWN, "s3:ListObjects")) is FAILED
    assert verdict(EXISTING_ACTIONS.id, resource(POLICY, policy=UNKNOWN)) is OPEN


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        (allowing("s3:GetObject"), PASSED),
        (resource(POLICY, policy='{"Statement": "x"}'), FAILED),
        (resource(POLICY, policy="{"), FAILED),
        (resource(POLICY, policy=UNKNOWN), OPEN),
        (resource(ROLE, assumeRolePolicy=UNKNOWN, inlinePolicies=[{"policy": "x"}]), FAILED),
        (resource(TOPIC), None),
        (resource(TOPIC, policy='{"Statement": [1]}'), FAILED),
    ],
)
def test_malformed_policies_are_told(it: Resource, expected: Any) -> None:
    """What AWS would refuse fails, what is not known is open, and what has no policy is not spoken of."""
    assert verdict(WELL_FORMED_POLICY.id, it) is expected


def test_a_malformed_policy_says_what_is_wrong() -> None:
    """With the property's name as the program has it."""
    it = resource(ROLE, assumeRolePolicy='{"Statement": "x"}')
    said = detail(WELL_FORMED_POLICY.id, it)
    assert said == "`assumeRolePolicy` has a statement that is no object: statement 1"
