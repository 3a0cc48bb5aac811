"""Roles and permission boundaries as resources, each made alone. IAM-1."""

from __future__ import annotations

from components.identity.role import Boundary, Role
from components.identity.statement import IamStatement, document
from components.identity.trust import lambda_trust
from tests.support.recording.component import SCOPE, record_component

READ = (IamStatement(sid="Read", actions=("dynamodb:GetItem",), resources=("arn:table",)),)


def test_role_has_one_policy_under_a_boundary() -> None:
    """The role trusts one AWS service, and cannot do more than its boundary whatever is attached."""
    found = record_component(
        lambda: Role(
            "reader",
            SCOPE,
            physical_name="dev-reader",
            purpose="reads the table",
            trust=lambda_trust(),
            statements=READ,
            boundary_arn="arn:boundary",
        )
    )
    assert found.children == {"aws:iam/role:Role": 1, "aws:iam/rolePolicy:RolePolicy": 1}
    role, policy = found.only("aws:iam/role:Role").inputs, found.only("aws:iam/rolePolicy:RolePolicy").inputs
    assert (role["name"], role["permissionsBoundary"]) == ("dev-reader", "arn:boundary")
    assert role["assumeRolePolicy"] == document(lambda_trust())
    assert (policy["role"], policy["policy"]) == ("dev-reader", document(READ))
    assert set(found.outputs) == {"arn"}


def test_boundary_is_a_managed_policy() -> None:
    """It is named after the subject whose roles it caps."""
    found = record_component(lambda: Boundary("axon", SCOPE, subject="axon", statements=READ))
    assert found.children == {"aws:iam/policy:Policy": 1}
    policy = found.only("aws:iam/policy:Policy").inputs
    assert (policy["name"], policy["policy"]) == ("dev-axon-boundary", document(READ))
    assert set(found.outputs) == {"arn"}
