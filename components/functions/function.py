"""A Lambda function with everything around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws.cloudwatch.log_group import LogGroup
from pulumi_aws.lambda_.alias import Alias
from pulumi_aws.lambda_.function import Function
from pulumi_aws.lambda_.function_url import FunctionUrl
from pulumi_aws.lambda_.provisioned_concurrency_config import ProvisionedConcurrencyConfig

from components.functions.alarms import make_alarms
from components.functions.definition import FunctionDefinition
from components.functions.runtime import LambdaRuntime
from components.identity.role import Role
from components.identity.trust import lambda_trust
from components.naming import CALLER_ALIAS, LIVE, PLATFORM_KEY
from components.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionNetwork:
    """Where in the VPC a function stands: its answers to others come back to its security group alone."""

    subnet_ids: pulumi.Input[Sequence[str]]
    security_group_id: pulumi.Input[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionInputs:
    """The code and settings of a function in one environment, and ARNs from the layer below."""

    archive: Path
    runtime: LambdaRuntime
    environment: Mapping[str, pulumi.Input[str]]
    log_retention_days: int
    key_arns: Mapping[str, pulumi.Input[str]]
    """By the names that the definition has in `keys`."""
    boundary_arn: pulumi.Input[str]
    alert_topic_arn: pulumi.Input[str]
    concurrency: int | None = None
    """How many calls at once are let through; None leaves it to the definition."""
    provisioned: int = 0
    """How many environments of the live version are kept started, which costs."""
    callers: tuple[str, ...] = ()
    """Services that each have an alias of their own, `caller-<name>`: the function knows by it who asks."""
    network: FunctionNetwork | None = None
    """None: outside of the VPC, where it reaches AWS alone."""


class LambdaFunction(pulumi.ComponentResource):
    """Log group, role, function and alarms; alias and URL where the definition has them."""

    def __init__(
        self,
        definition: FunctionDefinition,
        scope: Scope,
        inputs: FunctionInputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(f"myelin:functions:{definition.component}", definition.name, None, opts)
        name = definition.name
        own = pulumi.ResourceOptions(parent=self)
        log_group = self._make_log_group(definition, scope, inputs)
        role = self._make_role(definition, scope, inputs)
        function = self._make_function(definition, scope, inputs, role, log_group)
        alias = self._make_alias(name, function, inputs.provisioned) if definition.live_alias else None
        for caller in inputs.callers:
            Alias(
                f"{name}.{caller}",
                name=f"{CALLER_ALIAS}{caller}",
                description=f"the version that {caller} gets",
                function_name=function.name,
                function_version=function.version,
                opts=own,
            )
        url = (
            FunctionUrl(
                name,
                function_name=function.name,
                qualifier=alias.name if alias else None,
                authorization_type="AWS_IAM",
                opts=own,
            )
            if definition.url
            else None
        )
        make_alarms(
            name,
            scope,
            physical_name=scope.names.function(name),
            failure=definition.failure,
            function_name=function.name,
            alert_topic_arn=inputs.alert_topic_arn,
            opts=own,
        )
        self.function_name: pulumi.Output[str] = function.name
        self.log_group_name: pulumi.Output[str] = log_group.name
        self.invoke_arn: pulumi.Output[str] = alias.arn if alias else function.arn
        """What callers invoke: the live version, or the function itself."""
        self._url: pulumi.Output[str] | None = url.function_url if url else None
        self.register_outputs(
            {
                "function_name": self.function_name,
                "log_group_name": self.log_group_name,
                **({"alias_arn": alias.arn} if alias else {}),
                **({"url": url.function_url} if url else {}),
            }
        )

    @property
    def url(self) -> pulumi.Output[str]:
        """Where signed requests go. Raises LookupError for a function without a URL."""
        if self._url is None:
            raise LookupError("this function has no URL")
        return self._url

    def _make_log_group(
        self, definition: FunctionDefinition, scope: Scope, inputs: FunctionInputs
    ) -> LogGroup:
        physical_name = scope.names.function_log_group(definition.name)
        # myelin: allow CKV_AWS_338 until 2027-11-30: where an environment's settings keep less than the
        #   default of 365 days, nothing has to be proven a year later
        return LogGroup(
            definition.name,
            name=physical_name,
            retention_in_days=inputs.log_retention_days,
            kms_key_id=inputs.key_arns[PLATFORM_KEY],
            tags=scope.tags(physical_name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_role(self, definition: FunctionDefinition, scope: Scope, inputs: FunctionInputs) -> Role:
        return Role(
            definition.name,
            scope,
            physical_name=scope.names.function(definition.name),
            purpose=definition.role_description,
            trust=lambda_trust(),
            statements=pulumi.Output.all(**inputs.key_arns).apply(
                lambda arns: definition.statements(scope.place, arns)
            ),
            boundary_arn=inputs.boundary_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_function(
        self,
        definition: FunctionDefinition,
        scope: Scope,
        inputs: FunctionInputs,
        role: Role,
        log_group: LogGroup,
    ) -> Function:
        physical_name = scope.names.function(definition.name)
        concurrency = definition.concurrency if inputs.concurrency is None else inputs.concurrency
        # myelin: allow CKV_AWS_116 until 2027-11-30: callers wait for each answer, and dead letters are for
        #   calls whose answer is not waited for
        # myelin: allow CKV_AWS_117 until 2027-11-30: it reaches what its role names, all through IAM over
        #   TLS; in the VPC it would need more endpoints and start slower
        # myelin: allow CKV_AWS_272 until 2027-11-30: the archive is built from locked hashes, and only the
        #   deploying role may change the code; signing needs a profile in each account
        return Function(
            definition.name,
            name=physical_name,
            description=definition.description,
            role=role.arn,
            runtime=inputs.runtime.name,
            architectures=[inputs.runtime.architecture],
            handler=definition.handler,
            code=pulumi.FileArchive(str(inputs.archive)),
            memory_size=definition.memory,
            timeout=definition.timeout,
            reserved_concurrent_executions=concurrency,
            environment={"variables": inputs.environment},
            kms_key_arn=inputs.key_arns[PLATFORM_KEY],
            vpc_config=_vpc_config(inputs.network),
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": log_group.name},
            publish=definition.live_alias or None,
            tags=scope.tags(physical_name),
            # the first call may come as soon as the function is there
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )

    def _make_alias(self, name: str, function: Function, provisioned: int) -> Alias:
        own = pulumi.ResourceOptions(parent=self)
        alias = Alias(
            name,
            name=LIVE,
            description="the version that callers get",
            function_name=function.name,
            function_version=function.version,
            opts=own,
        )
        if provisioned:
            ProvisionedConcurrencyConfig(
                name,
                function_name=function.name,
                # of the version: each caller's alias leads to it
                qualifier=function.version,
                provisioned_concurrent_executions=provisioned,
                opts=own,
            )
        return alias


def _vpc_config(network: FunctionNetwork | None) -> dict[str, object] | None:
    if network is None:
        return None
    return {"subnet_ids": network.subnet_ids, "security_group_ids": [network.security_group_id]}
