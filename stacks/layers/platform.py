"""The platform layer: cluster, repositories, load balancer, secrets, policy table, functions."""

from __future__ import annotations

import json
from dataclasses import replace

import pulumi

from components.balancer.listener_plan import client_ports, listener_for_tests, plan_listeners
from components.balancer.load_balancer import LoadBalancer
from components.containers.cluster import Cluster
from components.containers.deployment_roles import DeploymentRoles
from components.containers.repository import Repository
from components.declarations import GATE, RotationKind, decisions_at_once
from components.functions.catalogue import FUNCTIONS
from components.functions.function import LambdaFunction
from components.idempotency.idempotency_table import IdempotencyRecords
from components.identity.service_statements import METRICS_NAMESPACE
from components.naming import (
    AUDIT_KEY,
    BALANCER_ROLE,
    CALLS_KEY,
    GOVERNANCE,
    GOVERNANCE_ADMIN,
    GRANTS_KEY,
    HOOKS_ROLE,
    PLATFORM_KEY,
    ROLLOUT,
    ROTATION,
)
from components.network.acls import NetworkAcls
from components.network.security_group_plan import ENDPOINTS, LOAD_BALANCER, plan_access
from components.network.security_groups import NetworkAccess
from components.network.subnet_plan import SubnetTier
from components.policy_store.audit_bucket import AuditBucket
from components.policy_store.table import PolicyTable
from components.releases.release_table import ReleaseTable
from components.secrets.grant_keys import GrantKeySchedule, GrantSecrets
from components.secrets.schedule import RotationFunction, RotationPermission
from components.secrets.secret import GeneratedSecret
from stacks.layer_outputs import MadePlatform, ReferencedFoundation, read_foundation
from stacks.layer_settings import PlatformSettings
from stacks.layers.context import LayerContext
from stacks.layers.functions import function_inputs, make_rollout
from stacks.outputs import PlatformOutputs

GRANT_KEY_CACHE_SECONDS = 60
"""How long the governance function signs with a key before it reads the secret again."""


def deploy(context: LayerContext, settings: PlatformSettings) -> MadePlatform:
    """Make the platform."""
    foundation = read_foundation(context.stack)
    cluster = Cluster("cluster", context.scope, container_insights=settings.container_insights)
    access, balancer = _make_entrance(context, settings, foundation)
    table = PolicyTable(
        "policies",
        context.scope,
        key_arn=foundation.key_arns[PLATFORM_KEY],
        deletion_protection=settings.deletion_protection,
    )
    grants = GrantSecrets(
        "grants",
        context.scope,
        key_arn=foundation.key_arns[GRANTS_KEY],
        deletion_protection=settings.deletion_protection,
    )
    IdempotencyRecords(
        "idempotency",
        context.scope,
        key_arn=foundation.key_arns[GRANTS_KEY],
        deletion_protection=settings.deletion_protection,
    )
    releases = ReleaseTable(
        "releases",
        context.scope,
        key_arn=foundation.key_arns[PLATFORM_KEY],
        deletion_protection=settings.deletion_protection,
    )
    governance = _make_governance(context, settings, foundation, table, grants)
    trail = AuditBucket(
        "audit",
        context.scope,
        retention_days=settings.audit_retention_days,
        access_logs=foundation.access_log_bucket,
        deletion_protection=settings.deletion_protection,
    )
    admin = _make_governance_admin(context, settings, foundation, table, trail)
    roles = DeploymentRoles(
        "deployments",
        context.scope,
        boundary_arns={name: foundation.boundary_arns[name] for name in (BALANCER_ROLE, HOOKS_ROLE)},
    )
    rotation = _make_rotation(context, settings, foundation, grants, cluster)
    rollout = make_rollout(context, settings, foundation, security_group_id=access.group_ids[ROLLOUT])
    return PlatformOutputs(
        cluster_arn=cluster.arn,
        cluster_name=cluster.name,
        namespace_arn=cluster.namespace_arn,
        repository_urls=_make_repositories(context, settings, foundation),
        security_group_ids=access.group_ids,
        load_balancer_arn=balancer.arn,
        load_balancer_dns_name=balancer.dns_name,
        load_balancer_security_group_id=access.group_ids[LOAD_BALANCER],
        listener_arn=balancer.listener_arn,
        test_listener_arn=balancer.test_listener_arn,
        balancer_role_arn=roles.balancer_role_arn,
        rollout_function_arn=rollout.invoke_arn,
        test_url=balancer.test_url,
        hooks_role_arn=roles.hooks_role_arn,
        policy_table_name=table.name,
        release_table_name=releases.name,
        governance_function_name=governance.function_name,
        governance_log_group=governance.log_group_name,
        governance_url=governance.url,
        admin_url=admin.url,
        admin_function_name=admin.function_name,
        admin_function_arn=admin.invoke_arn,
        admin_log_group=admin.log_group_name,
        audit_bucket=trail.name,
        secret_arns=_make_service_secrets(context, settings, foundation, rotation),
        signing_secret_arns=_make_signing_keys(context, settings, foundation, rotation),
        grant_keys_arn=grants.public_keys_arn,
        grant_bound_seconds=str(settings.policy_staleness_seconds),
    )


def _make_entrance(
    context: LayerContext, settings: PlatformSettings, foundation: ReferencedFoundation
) -> tuple[NetworkAccess, LoadBalancer]:
    listeners = plan_listeners(settings.certificate_arn)
    test_port = listener_for_tests(listeners).port
    access = NetworkAccess(
        "access",
        context.scope,
        plan_access(
            context.services,
            listener_ports=client_ports(listeners),
            client_ranges=settings.client_cidrs,
            test_port=test_port,
        ),
        vpc_id=foundation.vpc_id,
        vpc_cidr=foundation.vpc_cidr,
        existing={ENDPOINTS: foundation.endpoint_security_group_id},
    )
    NetworkAcls(
        "acls",
        context.scope,
        context.services,
        listener_ports=client_ports(listeners),
        client_ranges=settings.client_cidrs,
        test_port=test_port,
        vpc_id=foundation.vpc_id,
        vpc_cidr=foundation.vpc_cidr,
        nat_gateways=foundation.nat_count,
        subnet_ids={
            SubnetTier.PUBLIC: foundation.public_subnet_ids,
            SubnetTier.PRIVATE: foundation.private_subnet_ids,
            SubnetTier.ISOLATED: foundation.isolated_subnet_ids,
        },
    )
    balancer = LoadBalancer(
        "internal",
        context.scope,
        listeners,
        security_group_id=access.group_ids[LOAD_BALANCER],
        subnet_ids=foundation.private_subnet_ids,
        access_logs=foundation.access_log_bucket,
        deletion_protection=settings.deletion_protection,
    )
    return access, balancer


def _make_rotation(
    context: LayerContext,
    settings: PlatformSettings,
    foundation: ReferencedFoundation,
    grants: GrantSecrets,
    cluster: Cluster,
) -> RotationFunction:
    inputs = function_inputs(
        ROTATION,
        context,
        settings,
        foundation,
        environment={
            "CLUSTER": cluster.name,
            "GRANT_SIGNING_KEY": grants.signing_key_arn,
            "GRANT_KEYS": grants.public_keys_arn,
            "GRANT_BOUND_SECONDS": str(settings.policy_staleness_seconds),
            "GRANT_KEY_CACHE_SECONDS": str(GRANT_KEY_CACHE_SECONDS),
            "POWERTOOLS_SERVICE_NAME": ROTATION,
        },
    )
    function = LambdaFunction(FUNCTIONS[ROTATION], context.scope, inputs)
    rotation = RotationPermission(
        ROTATION, context.scope, function_arn=function.invoke_arn, function_name=function.function_name
    ).function
    GrantKeySchedule("grants", rotation, signing_key_arn=grants.signing_key_arn)
    return rotation


def _make_governance(
    context: LayerContext,
    settings: PlatformSettings,
    foundation: ReferencedFoundation,
    table: PolicyTable,
    grants: GrantSecrets,
) -> LambdaFunction:
    inputs = function_inputs(
        GOVERNANCE,
        context,
        settings,
        foundation,
        environment={
            "MYELIN_ENVIRONMENT": context.stack.environment,
            "POLICY_TABLE": table.name,
            "POLICY_REFRESH_SECONDS": str(settings.policy_refresh_seconds),
            "POLICY_STALENESS_SECONDS": str(settings.policy_staleness_seconds),
            "DECISION_LOG_MASKED": settings.decision_log_masked,
            "GRANT_ISSUER": context.scope.place.grant_issuer,
            "GRANT_SIGNING_KEY": grants.signing_key_arn,
            "GRANT_KEY_CACHE_SECONDS": str(GRANT_KEY_CACHE_SECONDS),
            "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            "POWERTOOLS_SERVICE_NAME": GOVERNANCE,
        },
    )
    scaled = replace(
        inputs,
        # so many calls at once there can be: fewer would be throttled under load, and refused with 503
        concurrency=max(decisions_at_once(context.services), settings.governance_provisioned),
        provisioned=settings.governance_provisioned,
        callers=tuple(service.name for service in context.services.services if service.calls),
    )
    return LambdaFunction(FUNCTIONS[GOVERNANCE], context.scope, scaled)


def _make_governance_admin(
    context: LayerContext,
    settings: PlatformSettings,
    foundation: ReferencedFoundation,
    table: PolicyTable,
    trail: AuditBucket,
) -> LambdaFunction:
    inputs = function_inputs(
        GOVERNANCE_ADMIN,
        context,
        settings,
        foundation,
        environment={
            "MYELIN_ENVIRONMENT": context.stack.environment,
            "POLICY_TABLE": table.name,
            "POLICY_APPROVAL": "true" if settings.policy_approval else "false",
            "POLICY_PEOPLE": json.dumps(dict(settings.policy_people), sort_keys=True),
            "POLICY_KEEP_VERSIONS": str(settings.policy_keep_versions),
            "AUDIT_KEY": foundation.key_arns[AUDIT_KEY],
            "AUDIT_BUCKET": trail.name,
            "POWERTOOLS_SERVICE_NAME": GOVERNANCE_ADMIN,
        },
    )
    return LambdaFunction(FUNCTIONS[GOVERNANCE_ADMIN], context.scope, inputs)


def _make_repositories(
    context: LayerContext, settings: PlatformSettings, foundation: ReferencedFoundation
) -> dict[str, pulumi.Output[str]]:
    return {
        name: Repository(
            name,
            context.scope,
            image=name,
            # the gate has no secret of anybody's, and its services may be too many to be named
            pulled_by=("*",) if name == GATE else (name,),
            key_arn=foundation.key_arns[PLATFORM_KEY],
            deletion_protection=settings.deletion_protection,
        ).url
        for name in context.services.images
    }


def _make_service_secrets(
    context: LayerContext,
    settings: PlatformSettings,
    foundation: ReferencedFoundation,
    rotation: RotationFunction,
) -> dict[str, pulumi.Output[str]]:
    place = context.scope.place
    return {
        f"{service.name}/{secret}": GeneratedSecret(
            f"{service.name}.{secret}",
            context.scope,
            physical_name=place.names.secret(service.name, secret),
            purpose=purpose,
            key_arn=foundation.key_arns[service.name],
            readers=(place.task_role(service.name), place.execution_role(service.name)),
            deletion_protection=settings.deletion_protection,
            rotation=None if service.secret(secret).rotate is RotationKind.BY_HAND else rotation,
            declared=service.secret(secret),
            restarts=service.name,
            service=service.name,
        ).arn
        for service in context.services.services
        for secret, purpose in sorted(service.all_secrets.items())
    }


def _make_signing_keys(
    context: LayerContext,
    settings: PlatformSettings,
    foundation: ReferencedFoundation,
    rotation: RotationFunction,
) -> dict[str, pulumi.Output[str]]:
    place = context.scope.place
    return {
        edge.key: GeneratedSecret(
            f"{edge.key}.signing-key",
            context.scope,
            physical_name=place.names.signing_secret(edge),
            purpose=f"signs calls of {edge.caller} to {edge.callee}",
            key_arn=foundation.key_arns[CALLS_KEY],
            readers=(place.task_role(edge.caller), place.task_role(edge.callee)),
            deletion_protection=settings.deletion_protection,
            rotation=rotation,
        ).arn
        for edge in context.services.edges
    }
