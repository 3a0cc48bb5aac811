"""The roles that ECS takes on while it deploys, made alone. IAM-1, DEL-4."""

from __future__ import annotations

import json

from components.containers.deployment_roles import ROLES, DeploymentRoles
from tests.support.recording.component import SCOPE, record_component

ROLE = "aws:iam/role:Role"


def test_ecs_takes_each_on_under_its_boundary() -> None:
    """One role for the load balancer, one for hooks; nobody but ECS takes them on."""
    found = record_component(
        lambda: DeploymentRoles(
            "deployments", SCOPE, boundary_arns={name: f"arn:boundary:{name}" for name in ROLES}
        )
    )
    assert found.children == {ROLE: 2, "aws:iam/rolePolicy:RolePolicy": 2, "myelin:identity:Role": 2}
    for role in found.graph.of(ROLE):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "ecs.amazonaws.com"}
        assert role.inputs["permissionsBoundary"] == f"arn:boundary:{role.name}"
    assert set(found.outputs) == {"balancer_role_arn", "hooks_role_arn"}
