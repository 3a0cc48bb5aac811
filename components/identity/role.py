"""Roles and permission boundaries as resources."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws.iam.policy import Policy
from pulumi_aws.iam.role import Role as IamRole
from pulumi_aws.iam.role_policy import RolePolicy

from components.identity.statement import IamStatement, document
from components.scope import Scope


class Role(pulumi.ComponentResource):
    """A role that one AWS service takes on, with one policy, under a permission boundary. IAM-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        physical_name: str,
        purpose: str,
        trust: Sequence[IamStatement],
        statements: pulumi.Input[Sequence[IamStatement]],
        boundary_arn: pulumi.Input[str],
        service: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:identity:Role", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.role = IamRole(
            name,
            name=physical_name,
            description=purpose,
            assume_role_policy=document(trust),
            permissions_boundary=boundary_arn,
            tags=scope.tags(physical_name, service=service),
            opts=own,
        )
        self.policy = RolePolicy(
            name,
            name=physical_name,
            role=self.role.name,
            policy=pulumi.Output.from_input(statements).apply(document),
            opts=own,
        )
        self.arn: pulumi.Output[str] = self.role.arn
        self.register_outputs({"arn": self.arn})


class Boundary(pulumi.ComponentResource):
    """A permission boundary: a managed policy that caps a subject's roles. IAM-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        subject: str,
        statements: pulumi.Input[Sequence[IamStatement]],
        service: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`subject` is a service or a function."""
        super().__init__("myelin:identity:Boundary", name, None, opts)
        physical_name = scope.names.boundary(subject)
        self.policy = Policy(
            name,
            name=physical_name,
            description=f"the most that roles of {subject} can do",
            policy=pulumi.Output.from_input(statements).apply(document),
            tags=scope.tags(physical_name, service=service),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn: pulumi.Output[str] = self.policy.arn
        self.register_outputs({"arn": self.arn})
