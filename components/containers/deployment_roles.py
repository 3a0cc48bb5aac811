"""The roles that ECS takes on while it deploys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi

from components.account import Place
from components.identity.deployment_statements import balancer_statements, hook_statements
from components.identity.role import Role
from components.identity.statement import IamStatement
from components.identity.trust import ecs_trust
from components.naming import BALANCER_ROLE, HOOKS_ROLE
from components.scope import Scope

ROLES: Mapping[str, Callable[[Place], tuple[IamStatement, ...]]] = {
    BALANCER_ROLE: balancer_statements,
    HOOKS_ROLE: hook_statements,
}
"""Each role's statements; its permission boundary has the same."""
_PURPOSES = {
    BALANCER_ROLE: "what ECS shifts traffic between two revisions of a service with",
    HOOKS_ROLE: "what ECS calls the function that tests a new release with",
}


class DeploymentRoles(pulumi.ComponentResource):
    """One role for the load balancer, one for the hooks of deployments. DEL-4, IAM-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        boundary_arns: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`boundary_arns` are by the names in ROLES."""
        super().__init__("myelin:containers:DeploymentRoles", name, None, opts)
        made = {
            role: Role(
                role,
                scope,
                physical_name=scope.names.of(role),
                purpose=_PURPOSES[role],
                trust=ecs_trust(),
                statements=statements(scope.place),
                boundary_arn=boundary_arns[role],
                opts=pulumi.ResourceOptions(parent=self),
            )
            for role, statements in ROLES.items()
        }
        self.balancer_role_arn: pulumi.Output[str] = made[BALANCER_ROLE].arn
        self.hooks_role_arn: pulumi.Output[str] = made[HOOKS_ROLE].arn
        self.register_outputs(
            {"balancer_role_arn": self.balancer_role_arn, "hooks_role_arn": self.hooks_role_arn}
        )
