"""The workloads layer, which changes with every release: tasks and services."""

from __future__ import annotations

from dataclasses import dataclass

from components.alarms.dashboards import Dashboards
from components.alarms.resources import ServiceAlarm, ServiceConditions
from components.alarms.service_alarms import ServiceAlarmPlan, plan_service_alarms, reachable
from components.balancer.ingress_target import IngressTarget
from components.containers.deployment_plan import plan_deployment
from components.containers.service import FargateService, ServiceInputs, SmokeInputs, TrafficInputs
from components.containers.task import Task, TaskInputs
from components.declarations import GATE, ServiceDeclaration, Tier
from components.mesh.mesh import Mesh
from components.naming import CALLS_KEY, GRANTS_KEY, PLATFORM_KEY
from components.network.security_group_plan import SERVICES
from stacks.layer_outputs import (
    MadeWorkloads,
    ReferencedFoundation,
    ReferencedPlatform,
    pick,
    read_foundation,
    read_platform,
)
from stacks.layer_settings import WorkloadSettings
from stacks.layers.context import LayerContext
from stacks.outputs import ServiceOutputs, WorkloadOutputs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workload:
    """One service's parts; `target` is None without ingress."""

    task: Task
    target: IngressTarget | None
    service: FargateService


def deploy(context: LayerContext, settings: WorkloadSettings) -> MadeWorkloads:
    """Make every declared service, callees before their callers."""
    foundation, platform = read_foundation(context.stack), read_platform(context.stack)
    mesh = settings.chosen_mesh()
    alarms = _make_alarms(context, foundation)
    Dashboards("dashboards", context.scope, context.services)
    made: dict[str, _Workload] = {}
    for declaration in map(settings.sized, _callees_first(context, mesh)):
        made[declaration.name] = _make_workload(
            context, settings, declaration, mesh, foundation, platform, made, alarms[declaration.name]
        )
    return WorkloadOutputs(
        services={
            name: ServiceOutputs(
                service_name=made[name].service.service_name,
                task_definition_arn=made[name].task.definition_arn,
                log_group=made[name].task.log_group_name,
                target_group_arn=target.target_group_arn if (target := made[name].target) else None,
                alarm=alarms[name].name,
            )
            for name in context.services.names
        },
        log_groups=[made[name].task.log_group_name for name in context.services.names],
    )


def _make_alarms(context: LayerContext, foundation: ReferencedFoundation) -> dict[str, ServiceAlarm]:
    """The alarms of every service, before the services: a deployment names the alarm it rolls back on."""
    plans: dict[str, ServiceAlarmPlan] = {
        service.name: plan_service_alarms(context.scope.names, context.services, service)
        for service in context.services.services
    }
    conditions = {name: ServiceConditions(name, context.scope, plan) for name, plan in plans.items()}
    return {
        name: ServiceAlarm(
            name,
            context.scope,
            plan,
            alert_topic_arn=foundation.alert_topic_arn,
            after=[
                alarm
                for one in (name, *reachable(context.services, name))
                for alarm in conditions[one].alarms
            ],
        )
        for name, plan in plans.items()
    }


def _callees_first(context: LayerContext, mesh: Mesh) -> list[ServiceDeclaration]:
    """The services, each after those that the mesh has to have before it."""
    ordered: list[ServiceDeclaration] = []

    def visit(service: ServiceDeclaration) -> None:
        if service in ordered:
            return
        membership = mesh.membership(context.services, service)
        for name in membership.after if membership else ():
            visit(context.services.get(name))
        ordered.append(service)

    for service in context.services.services:
        visit(service)
    return ordered


def _make_workload(
    context: LayerContext,
    settings: WorkloadSettings,
    declaration: ServiceDeclaration,
    mesh: Mesh,
    foundation: ReferencedFoundation,
    platform: ReferencedPlatform,
    made: dict[str, _Workload],
    alarm: ServiceAlarm,
) -> _Workload:
    name = declaration.name
    task = Task(
        name,
        context.scope,
        context.services,
        declaration,
        mesh,
        TaskInputs(
            own_key_arn=foundation.key_arns[name],
            calls_key_arn=foundation.key_arns[CALLS_KEY],
            platform_key_arn=foundation.key_arns[PLATFORM_KEY],
            boundary_arn=foundation.boundary_arns[name],
            repository_url=platform.repository_urls[name],
            gate_repository_url=platform.repository_urls[GATE] if declaration.behind_gate else None,
            secret_arns=pick(
                platform.secret_arns, [f"{name}/{secret}" for secret in sorted(declaration.all_secrets)]
            ),
            signing_secret_arns=pick(
                platform.signing_secret_arns, [edge.key for edge in context.services.edges_of(name)]
            ),
            grants_key_arn=foundation.key_arns[GRANTS_KEY],
            grant_keys_arn=platform.grant_keys_arn,
            grant_bound_seconds=platform.grant_bound_seconds,
        ),
        image_tag=settings.tag_of(name),
        gate_tag=settings.tag_of(GATE),
        image_digests=settings.images,
        cpu_architecture=settings.cpu_architecture,
        log_retention_days=settings.log_retention_days,
    )
    deployment = plan_deployment(declaration, settings.deployment_defaults)
    target = (
        IngressTarget(
            name,
            context.scope,
            declaration,
            declaration.ingress,
            vpc_id=foundation.vpc_id,
            listener_arn=platform.listener_arn,
            test_listener_arn=platform.test_listener_arn,
            weights_are_ecs=deployment.strategy.shifts,
        )
        if declaration.ingress
        else None
    )
    membership = mesh.membership(context.services, declaration)
    isolated = declaration.tier is Tier.ISOLATED
    service = FargateService(
        name,
        context.scope,
        declaration,
        membership,
        deployment,
        ServiceInputs(
            cluster_arn=platform.cluster_arn,
            cluster_name=platform.cluster_name,
            namespace_arn=platform.namespace_arn,
            subnet_ids=foundation.isolated_subnet_ids if isolated else foundation.private_subnet_ids,
            security_group_ids=[platform.security_group_ids[name], platform.security_group_ids[SERVICES]],
            task_definition_arn=task.definition_arn,
            smoke=SmokeInputs(
                function_arn=platform.rollout_function_arn,
                role_arn=platform.hooks_role_arn,
                test_url=platform.test_url,
            ),
            traffic=_traffic(target, platform) if target else None,
            rollback_alarms=(alarm.name,),
        ),
        # ECS takes a target group only when a listener's rule leads to it
        after=[
            alarm,
            *([target.rule, target.test_rule] if target else []),
            *(made[callee].service.service for callee in (membership.after if membership else ())),
        ],
    )
    return _Workload(task=task, target=target, service=service)


def _traffic(target: IngressTarget, platform: ReferencedPlatform) -> TrafficInputs:
    return TrafficInputs(
        target_group_arn=target.target_group_arn,
        alternate_target_group_arn=target.alternate_target_group_arn,
        rule_arn=target.rule.arn,
        test_rule_arn=target.test_rule.arn,
        role_arn=platform.balancer_role_arn,
    )
