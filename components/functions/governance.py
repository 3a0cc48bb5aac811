"""The governance function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws.cloudwatch.log_group import LogGroup
from pulumi_aws.lambda_.alias import Alias
from pulumi_aws.lambda_.function import Function
from pulumi_aws.lambda_.function_url import FunctionUrl
from pulumi_aws.lambda_.provisioned_concurrency_config import ProvisionedConcurrencyConfig

from components.functions.alarms import make_alarms
from components.functions.runtime import LambdaRuntime
from components.identity.governance_statements import governance_statements
from components.identity.role import Role
from components.identity.trust import lambda_trust
from components.naming import LIVE
from components.scope import Scope

HANDLER = "lambdas.governance.decide.handler"
MEMORY = 512
"""MiB; it buys CPU in proportion."""
TIMEOUT = 5
"""Seconds; a caller waits less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceInputs:
    """What the function runs, with what settings, and what it hangs on."""

    archive: Path
    runtime: LambdaRuntime
    environment: Mapping[str, pulumi.Input[str]]
    concurrency: int
    """How many calls at once are let through."""
    provisioned: int
    """How many environments are kept started, which costs; 0 keeps none."""
    log_retention_days: int
    key_arn: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]
    alert_topic_arn: pulumi.Input[str]


class GovernanceFunction(pulumi.ComponentResource):
    """Log group, role, function, `live` alias, its URL and alarms. GOV-1.

    Callers invoke the alias, so that a version can be tried or taken back without their knowing; those that
    speak HTTP sign their requests to its URL (AWS_IAM).
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        inputs: GovernanceInputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the function from its code archive."""
        super().__init__("myelin:functions:GovernanceFunction", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        names = scope.names
        physical_name = names.governance_function
        # myelin: allow CKV_AWS_338 until 2027-11-30 in dev-*, sandbox-*: nothing there has to be proven a
        #   year later; the setting's default is 365 days
        log_group = LogGroup(
            name,
            name=names.governance_log_group,
            retention_in_days=inputs.log_retention_days,
            kms_key_id=inputs.key_arn,
            tags=scope.tags(names.governance_log_group),
            opts=own,
        )
        role = Role(
            name,
            scope,
            physical_name=names.governance_role,
            purpose="decides what services may ask of each other",
            trust=lambda_trust(),
            statements=pulumi.Output.from_input(inputs.key_arn).apply(
                lambda arn: governance_statements(scope.place, arn)
            ),
            boundary_arn=inputs.boundary_arn,
            opts=own,
        )
        # myelin: allow CKV_AWS_116 until 2027-11-30: callers wait for each answer, and dead letters are for
        #   calls that nobody waits for
        # myelin: allow CKV_AWS_117 until 2027-11-30: it reads one table and one key, both through IAM over
        #   TLS; in the VPC it would need two endpoints more and start slower
        # myelin: allow CKV_AWS_272 until 2027-11-30: the archive is built from locked hashes, and only the
        #   deploying role may change the code; signing needs a profile in each account
        function = Function(
            name,
            name=physical_name,
            description="may a service do something on another one",
            role=role.arn,
            runtime=inputs.runtime.name,
            architectures=[inputs.runtime.architecture],
            handler=HANDLER,
            code=pulumi.FileArchive(str(inputs.archive)),
            memory_size=MEMORY,
            timeout=TIMEOUT,
            reserved_concurrent_executions=inputs.concurrency,
            environment={"variables": inputs.environment},
            kms_key_arn=inputs.key_arn,
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": log_group.name},
            publish=True,
            tags=scope.tags(physical_name),
            # the first call may come as soon as the function is there
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        alias = Alias(
            name,
            name=LIVE,
            description="the version that callers get",
            function_name=function.name,
            function_version=function.version,
            opts=own,
        )
        if inputs.provisioned:
            ProvisionedConcurrencyConfig(
                name,
                function_name=function.name,
                qualifier=alias.name,
                provisioned_concurrent_executions=inputs.provisioned,
                opts=own,
            )
        url = FunctionUrl(
            name,
            function_name=function.name,
            qualifier=alias.name,
            authorization_type="AWS_IAM",
            opts=own,
        )
        make_alarms(
            name,
            scope,
            physical_name=physical_name,
            does="decide",
            function_name=function.name,
            alert_topic_arn=inputs.alert_topic_arn,
            opts=own,
        )
        self.url: pulumi.Output[str] = url.function_url
        self.function_name: pulumi.Output[str] = function.name
        self.alias_arn: pulumi.Output[str] = alias.arn
        self.log_group_name: pulumi.Output[str] = log_group.name
        self.register_outputs(
            {
                "function_name": self.function_name,
                "alias_arn": self.alias_arn,
                "url": self.url,
                "log_group_name": self.log_group_name,
            }
        )
