"""The foundation layer, which changes least: network, endpoints, keys, boundaries, archive, alerts."""

from __future__ import annotations

import pulumi

from components.alerts.subscriber import read_subscriber
from components.alerts.topic import AlertTopic
from components.archive.archive import LogArchive
from components.containers.deployment_roles import ROLES
from components.declarations import ServiceDeclaration
from components.functions.catalogue import FUNCTIONS
from components.functions.definition import FunctionDefinition
from components.identity.boundary import service_boundary
from components.identity.role import Boundary
from components.identity.service_statements import KeyArns
from components.keys.key import Key
from components.keys.key_policy import (
    audit_key_policy,
    calls_key_policy,
    grants_key_policy,
    platform_key_policy,
    service_key_policy,
)
from components.keys.signing_key import KmsSigningKey
from components.naming import AUDIT_KEY, CALLS_KEY, GRANTS_KEY, PLATFORM_KEY
from components.network.endpoints import Endpoints
from components.network.flow_logs import FlowLogs
from components.network.vpc import Network
from stacks.layer_outputs import MadeFoundation
from stacks.layer_settings import FoundationSettings
from stacks.layers.context import LayerContext
from stacks.outputs import FoundationOutputs


def deploy(context: LayerContext, settings: FoundationSettings) -> MadeFoundation:
    """Make the foundation."""
    network = Network(
        "network",
        context.scope,
        cidr=settings.vpc_cidr,
        zones=settings.zones,
        nat_gateways=settings.nat_gateway_count,
    )
    endpoints = Endpoints(
        "endpoints",
        context.scope,
        context.services,
        vpc_id=network.vpc.id,
        route_table_ids=[
            *(table.id for table in network.private_route_tables),
            network.isolated_route_table.id,
        ],
        subnet_ids=network.isolated_subnet_ids,
    )
    key_arns = _make_keys(context, settings)
    archive = LogArchive(
        "archive",
        context.scope,
        key_arn=key_arns[PLATFORM_KEY],
        keep_days=settings.archive_retention_days,
        protect=settings.deletion_protection,
    )
    FlowLogs(
        "flow-logs",
        context.scope,
        vpc_id=network.vpc.id,
        bucket_arn=archive.logs.arn,
        after=archive.logs.policy,
    )
    topic = AlertTopic(
        "alerts",
        context.scope,
        key_arn=key_arns[PLATFORM_KEY],
        subscribers=[read_subscriber(address) for address in settings.alert_subscribers],
    )
    return FoundationOutputs(
        vpc_id=network.vpc.id,
        vpc_cidr=settings.vpc_cidr,
        public_subnet_ids=network.public_subnet_ids,
        private_subnet_ids=network.private_subnet_ids,
        isolated_subnet_ids=network.isolated_subnet_ids,
        nat_count=str(settings.nat_gateway_count),
        endpoint_security_group_id=endpoints.security_group.id,
        key_arns=key_arns,
        boundary_arns=_make_boundaries(context, key_arns),
        alert_topic_arn=topic.arn,
        archive_bucket=archive.logs.name,
        access_log_bucket=archive.access_logs.name,
    )


def _make_keys(context: LayerContext, settings: FoundationSettings) -> dict[str, pulumi.Output[str]]:
    place = context.scope.place
    plans = {
        **{
            name: (f"secrets of {name}", service_key_policy(place, name), name)
            for name in context.services.names
        },
        CALLS_KEY: ("signing keys of calls", calls_key_policy(place), None),
        GRANTS_KEY: ("keys of grants and records of deeds", grants_key_policy(place), None),
        PLATFORM_KEY: ("logs, tables, images and alerts", platform_key_policy(place), None),
    }
    keys = {
        subject: Key(
            subject,
            context.scope,
            subject=subject,
            purpose=purpose,
            statements=statements,
            rotation_days=settings.key_rotation_days,
            deletion_days=settings.key_deletion_days,
            protect=settings.deletion_protection,
            service=service,
        ).arn
        for subject, (purpose, statements, service) in plans.items()
    }
    keys[AUDIT_KEY] = KmsSigningKey(
        AUDIT_KEY,
        context.scope,
        subject=AUDIT_KEY,
        purpose="checkpoints of the audit trail",
        statements=audit_key_policy(place),
        deletion_days=settings.key_deletion_days,
        protect=settings.deletion_protection,
    ).arn
    return keys


def _make_boundaries(
    context: LayerContext, key_arns: dict[str, pulumi.Output[str]]
) -> dict[str, pulumi.Output[str]]:
    arns = {
        service.name: _make_service_boundary(context, service, key_arns).arn
        for service in context.services.services
    }
    for name, definition in FUNCTIONS.items():
        arns[name] = _make_function_boundary(context, definition, key_arns).arn
    for name, statements in ROLES.items():
        arns[name] = Boundary(
            name, context.scope, subject=name, statements=statements(context.scope.place)
        ).arn
    return arns


def _make_function_boundary(
    context: LayerContext, definition: FunctionDefinition, key_arns: dict[str, pulumi.Output[str]]
) -> Boundary:
    return Boundary(
        definition.name,
        context.scope,
        subject=definition.name,
        statements=pulumi.Output.all(**{key: key_arns[key] for key in definition.keys}).apply(
            lambda arns: definition.statements(context.scope.place, arns)
        ),
    )


def _make_service_boundary(
    context: LayerContext, service: ServiceDeclaration, key_arns: dict[str, pulumi.Output[str]]
) -> Boundary:
    return Boundary(
        service.name,
        context.scope,
        subject=service.name,
        statements=pulumi.Output.all(key_arns[service.name], key_arns[CALLS_KEY], key_arns[GRANTS_KEY]).apply(
            lambda arns: service_boundary(
                context.scope.place,
                context.services,
                service,
                KeyArns(own=arns[0], calls=arns[1], grants=arns[2]),
            )
        ),
        service=service.name,
    )
