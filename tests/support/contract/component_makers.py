"""Every component, as a Pulumi program that is not ours makes it: with no settings or files of ours."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pulumi

import components
from components.account import Account
from components.alarms.dashboards import Dashboards
from components.alarms.resources import ServiceAlarm, ServiceConditions
from components.alarms.service_alarms import plan_service_alarms
from components.alerts.topic import AlertTopic
from components.archive.archive import LogArchive
from components.archive.archive_policy import access_log_policy
from components.archive.log_bucket import LogBucket, LogBucketPlan
from components.balancer.ingress_target import IngressTarget
from components.balancer.listener_plan import plan_listeners
from components.balancer.load_balancer import LoadBalancer
from components.containers.cluster import Cluster
from components.containers.deployment_plan import plan_deployment
from components.containers.deployment_roles import ROLES, DeploymentRoles
from components.containers.repository import Repository
from components.containers.service import FargateService, ServiceInputs, SmokeInputs
from components.containers.task import Task, TaskInputs
from components.declarations.declaration import Ingress
from components.functions.catalogue import DEFINITIONS
from components.functions.function import FunctionInputs, LambdaFunction
from components.functions.runtime import LambdaRuntime
from components.idempotency.idempotency_table import IdempotencyRecords
from components.identity.role import Boundary, Role
from components.identity.statement import IamStatement
from components.identity.trust import lambda_trust
from components.keys.key import Key
from components.keys.key_policy import audit_key_policy, platform_key_policy
from components.keys.signing_key import KmsSigningKey
from components.mesh.service_connect import ServiceConnect
from components.network.acls import NetworkAcls
from components.network.endpoints import Endpoints
from components.network.flow_logs import FlowLogs
from components.network.security_group_plan import ENDPOINTS, plan_access
from components.network.security_groups import NetworkAccess
from components.network.subnet_plan import SubnetTier
from components.network.vpc import Network
from components.policy_store.audit_bucket import AuditBucket
from components.policy_store.table import PolicyTable
from components.releases.release_table import ReleaseTable
from components.scope import Scope
from components.secrets.grant_keys import GrantKeySchedule, GrantSecrets
from components.secrets.schedule import RotationFunction, RotationPermission
from components.secrets.secret import GeneratedSecret
from tests.support.recording.declarations import services_calling

Maker = Callable[[], pulumi.ComponentResource]

SCOPE = Scope(account=Account(id="444455556666", region="eu-west-1"), environment="shop", layer="backend")
SERVICES = services_calling(till=("stock",), stock=())
TILL = SERVICES.get("till")
KEY = "arn:aws:kms:eu-west-1:444455556666:key/shop"
READ = (IamStatement(sid="Read", actions=("dynamodb:GetItem",), resources=("arn:table",)),)
FUNCTION = RotationFunction(arn="arn:function:rotation")
VPC, CIDR, SUBNETS = "vpc-1", "10.9.0.0/16", ["subnet-a"]
LISTENERS = plan_listeners("arn:aws:acm:eu-west-1:444455556666:certificate/x")
ALARMS = plan_service_alarms(SCOPE.names, SERVICES, TILL)
_TASK = TaskInputs(
    own_key_arn=KEY,
    calls_key_arn=KEY,
    platform_key_arn=KEY,
    boundary_arn="arn:boundary",
    repository_url="registry/till",
    gate_repository_url=None,
    secret_arns={},
    signing_secret_arns={"till-stock": "arn:secret:till-stock"},
    grants_key_arn=KEY,
    grant_keys_arn="arn:secret:grant-keys",
    grant_bound_seconds="30",
)
_SERVICE = ServiceInputs(
    cluster_arn="arn:cluster",
    cluster_name="shop",
    namespace_arn="arn:namespace",
    subnet_ids=SUBNETS,
    security_group_ids=["sg-till"],
    task_definition_arn="arn:task:1",
    smoke=SmokeInputs(function_arn="arn:rollout", role_arn="arn:hooks", test_url="https://lb:8443"),
    traffic=None,
)


def _functions() -> Sequence[Maker]:
    def maker(index: int) -> Maker:
        definition = DEFINITIONS[index]
        inputs = FunctionInputs(
            archive=Path("code.zip"),
            runtime=LambdaRuntime(name="python3.13", architecture="arm64"),
            environment={},
            log_retention_days=365,
            key_arns=dict.fromkeys(definition.keys, KEY),
            boundary_arn="arn:boundary",
            alert_topic_arn="arn:alerts",
        )
        return lambda: LambdaFunction(definition, SCOPE, inputs)

    return [maker(index) for index in range(len(DEFINITIONS))]


MAKERS: Mapping[type[pulumi.ComponentResource], Sequence[Maker]] = {
    AlertTopic: [lambda: AlertTopic("alerts", SCOPE, key_arn=KEY)],
    AuditBucket: [
        lambda: AuditBucket("audit", SCOPE, retention_days=365, access_logs="logs", deletion_protection=True)
    ],
    Boundary: [lambda: Boundary("till", SCOPE, subject="till", statements=READ, service="till")],
    Cluster: [lambda: Cluster("cluster", SCOPE, container_insights="enabled")],
    Dashboards: [lambda: Dashboards("dashboards", SCOPE, SERVICES)],
    DeploymentRoles: [
        lambda: DeploymentRoles("deployments", SCOPE, boundary_arns=dict.fromkeys(ROLES, "arn:boundary"))
    ],
    Endpoints: [
        lambda: Endpoints(
            "endpoints", SCOPE, SERVICES, vpc_id=VPC, route_table_ids=["rtb-1"], subnet_ids=SUBNETS
        )
    ],
    FargateService: [
        lambda: FargateService(
            "till",
            SCOPE,
            TILL,
            ServiceConnect().membership(SERVICES, TILL),
            plan_deployment(TILL),
            _SERVICE,
        )
    ],
    FlowLogs: [
        lambda: FlowLogs(
            "flow-logs",
            SCOPE,
            vpc_id=VPC,
            bucket_arn="arn:aws:s3:::flows",
            after=pulumi.ComponentResource("shop:index:Policy", "flows"),
        )
    ],
    GeneratedSecret: [
        lambda: GeneratedSecret(
            "till.token",
            SCOPE,
            physical_name=SCOPE.names.secret("till", "token"),
            purpose="opens the till",
            key_arn=KEY,
            readers=("arn:aws:iam::444455556666:role/shop-till-task",),
            deletion_protection=True,
            rotation=FUNCTION,
            service="till",
        )
    ],
    GrantKeySchedule: [
        lambda: GrantKeySchedule("grant-schedule", FUNCTION, signing_key_arn="arn:secret:signing-key")
    ],
    GrantSecrets: [lambda: GrantSecrets("grants", SCOPE, key_arn=KEY, deletion_protection=True)],
    IdempotencyRecords: [lambda: IdempotencyRecords("records", SCOPE, key_arn=KEY, deletion_protection=True)],
    IngressTarget: [
        lambda: IngressTarget(
            "till",
            SCOPE,
            TILL,
            Ingress(paths=("/pay",)),
            vpc_id=VPC,
            listener_arn="arn:listener",
            test_listener_arn="arn:tests",
            weights_are_ecs=False,
        )
    ],
    Key: [
        lambda: Key(
            "platform",
            SCOPE,
            subject="platform",
            purpose="logs",
            statements=platform_key_policy(SCOPE.place),
            rotation_days=90,
            deletion_days=7,
            protect=True,
        )
    ],
    KmsSigningKey: [
        lambda: KmsSigningKey(
            "signing",
            SCOPE,
            subject="audit",
            purpose="checkpoints",
            statements=audit_key_policy(SCOPE.place),
            deletion_days=30,
            protect=True,
        )
    ],
    LambdaFunction: _functions(),
    LoadBalancer: [
        lambda: LoadBalancer(
            "internal",
            SCOPE,
            LISTENERS,
            security_group_id="sg-1",
            subnet_ids=SUBNETS,
            access_logs="logs",
            deletion_protection=True,
        )
    ],
    LogArchive: [lambda: LogArchive("archive", SCOPE, key_arn=KEY, keep_days=30, protect=True)],
    LogBucket: [
        lambda: LogBucket(
            "logs",
            SCOPE,
            LogBucketPlan(
                physical_name=SCOPE.names.of("logs"),
                statements=access_log_policy(SCOPE.place),
                keep_days=7,
                locked=False,
            ),
            protect=True,
            access_logs=None,
        )
    ],
    Network: [lambda: Network("network", SCOPE, cidr=CIDR, zones=("a", "b"), nat_gateways=1)],
    NetworkAccess: [
        lambda: NetworkAccess(
            "access",
            SCOPE,
            plan_access(SERVICES, listener_ports=[443], client_ranges=["10.0.0.0/8"]),
            vpc_id=VPC,
            vpc_cidr=CIDR,
            existing={ENDPOINTS: "sg-endpoints"},
        )
    ],
    NetworkAcls: [
        lambda: NetworkAcls(
            "acls",
            SCOPE,
            SERVICES,
            listener_ports=[443],
            client_ranges=(),
            vpc_id=VPC,
            vpc_cidr=CIDR,
            nat_gateways="1",
            subnet_ids={tier: [f"subnet-{tier}"] for tier in SubnetTier},
        )
    ],
    PolicyTable: [lambda: PolicyTable("policies", SCOPE, key_arn=KEY, deletion_protection=True)],
    ReleaseTable: [lambda: ReleaseTable("releases", SCOPE, key_arn=KEY, deletion_protection=True)],
    Repository: [
        lambda: Repository(
            "till", SCOPE, image="till", pulled_by=("till",), key_arn=KEY, deletion_protection=True
        )
    ],
    Role: [
        lambda: Role(
            "reader",
            SCOPE,
            physical_name=SCOPE.names.of("reader"),
            purpose="reads the table",
            trust=lambda_trust(),
            statements=READ,
            boundary_arn="arn:boundary",
        )
    ],
    RotationPermission: [
        lambda: RotationPermission("rotation-call", SCOPE, function_arn="arn:f", function_name="rotation")
    ],
    ServiceAlarm: [lambda: ServiceAlarm("till", SCOPE, ALARMS, alert_topic_arn="arn:alerts", after=[])],
    ServiceConditions: [lambda: ServiceConditions("till", SCOPE, ALARMS)],
    Task: [
        lambda: Task(
            "till",
            SCOPE,
            SERVICES,
            TILL,
            ServiceConnect(),
            _TASK,
            image_tag="1.2.3",
            gate_tag="1.0.0",
            cpu_architecture="ARM64",
            log_retention_days=365,
        )
    ],
}
"""Components by their class; several where what it makes depends on a row of a table."""


def every_component() -> set[type[pulumi.ComponentResource]]:
    """All component classes in `components`, found by importing every module there."""
    for module in pkgutil.walk_packages(components.__path__, "components."):
        importlib.import_module(module.name)
    found: set[type[pulumi.ComponentResource]] = set()
    waiting = [pulumi.ComponentResource]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found.update(one for one in below if one.__module__.startswith("components."))
    return found
