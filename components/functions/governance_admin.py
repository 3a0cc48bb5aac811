"""The function that changes policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws.cloudwatch.log_group import LogGroup
from pulumi_aws.lambda_.function import Function
from pulumi_aws.lambda_.function_url import FunctionUrl

from components.functions.alarms import make_alarms
from components.functions.runtime import LambdaRuntime
from components.identity.admin_statements import admin_statements
from components.identity.role import Role
from components.identity.trust import lambda_trust
from components.scope import Scope

HANDLER = "lambdas.governance.admin.handler"
MEMORY = 1024
"""MiB; checking a large set takes both memory and CPU."""
TIMEOUT = 60
"""Seconds."""
CONCURRENCY = 5
"""Changes come one after the other anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminInputs:
    """What the function runs, with what settings, and what it hangs on."""

    archive: Path
    runtime: LambdaRuntime
    environment: Mapping[str, pulumi.Input[str]]
    log_retention_days: int
    key_arn: pulumi.Input[str]
    audit_key_arn: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]
    alert_topic_arn: pulumi.Input[str]


class AdminFunction(pulumi.ComponentResource):
    """Log group, role, function, URL and alarms. GOV-2.

    The URL takes signed requests alone (AWS_IAM), so whoever makes a change is whom AWS authenticated. A
    caller needs `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`; nothing here gives them to anybody.
    """

    def __init__(
        self,
        name: str,
        scope: Scope,
        inputs: AdminInputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the function from the code archive that the one that decides has, too."""
        super().__init__("myelin:functions:AdminFunction", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        names = scope.names
        physical_name = names.admin_function
        # myelin: allow CKV_AWS_338 until 2027-11-30 in dev-*, sandbox-*: nothing there has to be proven a
        #   year later; the setting's default is 365 days
        log_group = LogGroup(
            name,
            name=names.admin_log_group,
            retention_in_days=inputs.log_retention_days,
            kms_key_id=inputs.key_arn,
            tags=scope.tags(names.admin_log_group),
            opts=own,
        )
        role = Role(
            name,
            scope,
            physical_name=physical_name,
            purpose="changes what services may ask of each other",
            trust=lambda_trust(),
            statements=pulumi.Output.all(inputs.key_arn, inputs.audit_key_arn).apply(
                lambda arns: admin_statements(scope.place, arns[0], arns[1])
            ),
            boundary_arn=inputs.boundary_arn,
            opts=own,
        )
        # myelin: allow CKV_AWS_116 until 2027-11-30: callers wait for each answer, and dead letters are for
        #   calls that nobody waits for
        # myelin: allow CKV_AWS_117 until 2027-11-30: it reaches one table, two keys and one bucket, all
        #   through IAM over TLS; in the VPC it would need two endpoints more and start slower
        # myelin: allow CKV_AWS_272 until 2027-11-30: the archive is built from locked hashes, and only the
        #   deploying role may change the code; signing needs a profile in each account
        function = Function(
            name,
            name=physical_name,
            description="changes the policies that decide what services may do",
            role=role.arn,
            runtime=inputs.runtime.name,
            architectures=[inputs.runtime.architecture],
            handler=HANDLER,
            code=pulumi.FileArchive(str(inputs.archive)),
            memory_size=MEMORY,
            timeout=TIMEOUT,
            reserved_concurrent_executions=CONCURRENCY,
            environment={"variables": inputs.environment},
            kms_key_arn=inputs.key_arn,
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": log_group.name},
            tags=scope.tags(physical_name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        url = FunctionUrl(name, function_name=function.name, authorization_type="AWS_IAM", opts=own)
        make_alarms(
            name,
            scope,
            physical_name=physical_name,
            does="make changes",
            function_name=function.name,
            alert_topic_arn=inputs.alert_topic_arn,
            opts=own,
        )
        self.url: pulumi.Output[str] = url.function_url
        self.function_name: pulumi.Output[str] = function.name
        self.log_group_name: pulumi.Output[str] = log_group.name
        self.register_outputs(
            {"url": self.url, "function_name": self.function_name, "log_group_name": self.log_group_name}
        )
