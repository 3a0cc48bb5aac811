"""The task definition of one service, its roles and its log group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.cloudwatch.log_group import LogGroup
from pulumi_aws.ecs.task_definition import TaskDefinition

from components.containers.container_definition import (
    SCRATCH,
    ContainerInputs,
    GateInputs,
    container_definitions,
)
from components.containers.service_environment import (
    TaskEnvironment,
    application_environment,
    service_environment,
)
from components.declarations import CLIENT_KEYS, GATE, ServiceDeclaration, Services
from components.identity.role import Role
from components.identity.service_statements import (
    KeyArns,
    execution_role_statements,
    task_role_statements,
)
from components.identity.trust import ecs_tasks_trust
from components.mesh.mesh import Mesh
from components.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInputs:
    """ARNs and URLs of resources that the layers below made for a service.

    `secret_arns` are by `service/secret`, `signing_secret_arns` by the keys of edges.
    """

    own_key_arn: pulumi.Input[str]
    calls_key_arn: pulumi.Input[str]
    platform_key_arn: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]
    repository_url: pulumi.Input[str]
    gate_repository_url: pulumi.Input[str] | None
    secret_arns: pulumi.Input[Mapping[str, str]]
    signing_secret_arns: pulumi.Input[Mapping[str, str]]
    grants_key_arn: pulumi.Input[str]
    grant_keys_arn: pulumi.Input[str]
    grant_bound_seconds: pulumi.Input[str]


class Task(pulumi.ComponentResource):
    """Log group, task role, execution role and task definition of one service. ECS-2, ECS-3."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        services: Services,
        service: ServiceDeclaration,
        mesh: Mesh,
        inputs: TaskInputs,
        *,
        image_tag: str,
        gate_tag: str,
        image_digests: Mapping[str, str] | None = None,
        cpu_architecture: str,
        log_retention_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`service` is one of `services`; an image with a digest in `image_digests` is that one, whatever its
        tag names; `cpu_architecture` is `X86_64` or `ARM64`.
        """
        super().__init__("myelin:containers:Task", name, None, opts)
        self._scope = scope
        self._services = services
        self._service = service
        self._inputs = inputs
        own = pulumi.ResourceOptions(parent=self)
        names = scope.names
        # myelin: allow CKV_AWS_338 until 2027-11-30: where an environment's settings keep less than the
        #   default of 365 days, nothing has to be proven a year later
        self.log_group = LogGroup(
            name,
            name=names.log_group(service.name),
            retention_in_days=log_retention_days,
            kms_key_id=inputs.platform_key_arn,
            tags=scope.tags(names.log_group(service.name), service=service.name),
            opts=own,
        )
        task_role, execution_role = self._make_roles(name)
        definitions = pulumi.Output.all(
            url=inputs.repository_url,
            gate_url=inputs.gate_repository_url,
            secrets=inputs.secret_arns,
            signing=inputs.signing_secret_arns,
            grant_keys=inputs.grant_keys_arn,
            grant_bound=inputs.grant_bound_seconds,
        ).apply(lambda found: self._definitions(mesh, image_tag, gate_tag, image_digests or {}, found))
        self.definition = TaskDefinition(
            name,
            family=names.family(service.name),
            cpu=str(service.cpu),
            memory=str(service.memory),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": cpu_architecture},
            container_definitions=definitions,
            volumes=[{"name": SCRATCH}],
            tags=scope.tags(names.family(service.name), service=service.name),
            # a task fails if it starts before its roles have their policies
            opts=pulumi.ResourceOptions(parent=self, depends_on=[task_role.policy, execution_role.policy]),
        )
        self.definition_arn: pulumi.Output[str] = self.definition.arn
        self.log_group_name: pulumi.Output[str] = self.log_group.name
        self.register_outputs({"definition_arn": self.definition_arn, "log_group_name": self.log_group_name})

    def _make_roles(self, name: str) -> tuple[Role, Role]:
        place, service, services = self._scope.place, self._service, self._services
        inputs = self._inputs
        keys = pulumi.Output.all(inputs.own_key_arn, inputs.calls_key_arn, inputs.grants_key_arn).apply(
            lambda arns: KeyArns(own=arns[0], calls=arns[1], grants=arns[2])
        )
        task = Role(
            f"{name}-task",
            self._scope,
            physical_name=place.names.task_role(service.name),
            purpose=f"what the code of {service.name} runs as",
            trust=ecs_tasks_trust(place.account),
            statements=keys.apply(lambda arns: task_role_statements(place, services, service, arns)),
            boundary_arn=self._inputs.boundary_arn,
            service=service.name,
            opts=pulumi.ResourceOptions(parent=self),
        )
        execution = Role(
            f"{name}-execution",
            self._scope,
            physical_name=place.names.execution_role(service.name),
            purpose=f"what ECS starts tasks of {service.name} with",
            trust=ecs_tasks_trust(place.account),
            statements=keys.apply(lambda arns: execution_role_statements(place, service, arns)),
            boundary_arn=self._inputs.boundary_arn,
            service=service.name,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return task, execution

    def _definitions(
        self,
        mesh: Mesh,
        image_tag: str,
        gate_tag: str,
        digests: Mapping[str, str],
        found: Mapping[str, object],
    ) -> str:
        scope, service = self._scope, self._service
        secrets, signing = found["secrets"], found["signing"]
        assert isinstance(secrets, Mapping)  # noqa: S101
        assert isinstance(signing, Mapping)  # noqa: S101
        around = TaskEnvironment(
            environment=scope.environment,
            region=scope.account.region,
            version=image_tag,
            signing_secrets=signing,
            governance_function=scope.place.caller_alias(service.name),
            grant_issuer=scope.place.grant_issuer,
            grant_keys=str(found["grant_keys"]),
            grant_bound_seconds=str(found["grant_bound"]),
            idempotency_table=scope.names.idempotency_table,
            client_keys=str(secrets.get(f"{service.name}/{CLIENT_KEYS}", "")),
        )
        environment = service_environment(self._services, service, mesh, around)
        gate = None
        if service.behind_gate:
            gate = GateInputs(
                image=f"{found['gate_url']}:{gate_tag}{_pin(digests, GATE)}", environment=environment
            )
            environment = application_environment(service, around)
        return container_definitions(
            service,
            ContainerInputs(
                image=f"{found['url']}:{image_tag}{_pin(digests, service.name)}",
                log_group=scope.names.log_group(service.name),
                region=scope.account.region,
                environment=environment,
                secrets={secret: secrets[f"{service.name}/{secret}"] for secret in service.injected_secrets},
            ),
            gate,
        )


def _pin(digests: Mapping[str, str], image: str) -> str:
    """What follows a tag: the digest of the image, if there is one."""
    return f"@{digests[image]}" if image in digests else ""
