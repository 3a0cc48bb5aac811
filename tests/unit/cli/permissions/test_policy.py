"""The policy of whoever deploys: exactly what was used, what is known besides, and no more."""

from __future__ import annotations

import json

import pytest

from cli.permissions.policy import MOST_CHARACTERS, PASS_ROLE, deployment_statements, policy_documents
from sandbox.cloud.iam.document import parse_policy
from sandbox.cloud.iam.evaluation import AccessRequest, ApplicablePolicies, decide
from sandbox.cloud.iam.principal import Principal, PrincipalKind

USED = ("ec2:CreateVpc", "ec2:DeleteVpc", "s3:CreateBucket", "application-autoscaling:PutScalingPolicy")
KNOWN = ("ec2:DescribeVpcs", "ec2:CreateVpc")
DEPLOYER = Principal(kind=PrincipalKind.USER, arn="arn:aws:iam::123456789012:user/deployer")


def allowed(action: str, without: str = "") -> bool:
    """Whether exactly that policy, perhaps without one statement, allows an action."""
    statements = [
        each for each in deployment_statements(USED, KNOWN, environment="dev") if each.sid != without
    ]
    policies = tuple(parse_policy(json.dumps(document)) for document in policy_documents(statements))
    request = AccessRequest(principal=DEPLOYER, action=action, resource="arn:aws:s3:::x")
    return decide(request, ApplicablePolicies(identity=policies)).allowed


@pytest.mark.parametrize("action", [*USED, *KNOWN])
def test_what_was_used_or_is_known_is_allowed(action: str) -> None:
    """By an evaluator that holds exactly that policy."""
    assert allowed(action)


@pytest.mark.parametrize("action", ["ec2:RunInstances", "s3:DeleteBucket", "iam:CreateUser"])
def test_everything_else_is_denied(action: str) -> None:
    """No wildcard allows more of a service."""
    assert not allowed(action)


@pytest.mark.parametrize(
    ("sid", "action"),
    [
        ("Ec2", "ec2:CreateVpc"),
        ("S3", "s3:CreateBucket"),
        ("ApplicationAutoscaling", "application-autoscaling:PutScalingPolicy"),
        ("Ec2Provider", "ec2:DescribeVpcs"),
    ],
)
def test_no_statement_is_spare(sid: str, action: str) -> None:
    """Without one of them, what it was for is denied."""
    assert not allowed(action, without=sid)


def test_what_was_used_is_told_from_what_is_only_known() -> None:
    """And an action that was used is not repeated."""
    statements = {each.sid: each for each in deployment_statements(USED, KNOWN, environment="dev")}
    assert [sid for sid, each in statements.items() if not each.rehearsed] == ["Ec2Provider", "PassRoles"]
    assert statements["Ec2Provider"].actions == ("ec2:DescribeVpcs",)
    assert statements["PassRoles"].document()["Resource"] == "arn:*:iam::*:role/dev-*"
    assert statements["PassRoles"].actions == (PASS_ROLE,)


def test_documents_keep_awss_limit() -> None:
    """Many actions come into several policies, each within the limit, and none is lost."""
    used = [
        f"service{number}:DoSomethingWithAFairlyLongName{deed}" for number in range(9) for deed in range(40)
    ]
    documents = policy_documents(deployment_statements(used, (), environment="dev"))
    assert len(documents) > 1
    assert all(len(json.dumps(document, separators=(",", ":"))) <= MOST_CHARACTERS for document in documents)
    found = [action for document in documents for one in document["Statement"] for action in one["Action"]]
    assert sorted(found) == sorted([*used, PASS_ROLE])
