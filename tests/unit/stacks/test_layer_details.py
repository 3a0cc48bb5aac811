"""What the resources of the layers are told, where a wrong word would open or break something."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.names import Layer
from tests.support.recording.environments import record_environment, recorded
from tests.support.recording.iam import ALLOW, SILENT, verdict
from tests.support.recording.recorder import Graph

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
SERVICE = "aws:ecs/service:Service"


@pytest.fixture
def foundation() -> Graph:
    return recorded("dev")[Layer.FOUNDATION]


@pytest.fixture
def platform() -> Graph:
    return recorded("dev")[Layer.PLATFORM]


@pytest.fixture
def workloads() -> Graph:
    return recorded("dev")[Layer.WORKLOADS]


def test_isolated_subnets_have_no_way_out(foundation: Graph) -> None:
    """NET-2: the isolated subnets' table has no route of its own but those of the two gateway endpoints."""
    isolated = f"routetable-{foundation.one(TABLE, 'network-isolated').name}"
    assert isolated not in {route.inputs["routeTableId"] for route in foundation.of(ROUTE)}
    associated = {
        one.inputs["subnetId"]: one.inputs["routeTableId"]
        for one in foundation.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    for subnet in foundation.outputs["isolated_subnet_ids"]:
        assert associated[subnet] == isolated
    gateways = [
        endpoint.inputs["routeTableIds"]
        for endpoint in foundation.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if endpoint.inputs["vpcEndpointType"] == "Gateway"
    ]
    assert len(gateways) == 2
    assert all(isolated in tables for tables in gateways)


def test_interface_endpoints_answer_to_the_usual_names(foundation: Graph) -> None:
    """NET-2: in every zone, by private DNS, behind a group of their own."""
    interfaces = [
        endpoint.inputs
        for endpoint in foundation.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if endpoint.inputs["vpcEndpointType"] == "Interface"
    ]
    assert len(interfaces) == 9
    for inputs in interfaces:
        assert inputs["privateDnsEnabled"] is True
        assert inputs["subnetIds"] == foundation.outputs["isolated_subnet_ids"]
        assert inputs["securityGroupIds"] == [foundation.outputs["endpoint_security_group_id"]]


@pytest.mark.parametrize(("gateways", "used"), [(0, []), (2, ["a", "b", "a"]), (3, ["a", "b", "c"])])
def test_nat_gateways_are_a_setting(gateways: int, used: list[str]) -> None:
    """NET-2: one gateway a zone, fewer to share, or none and then no default route for private subnets."""
    changed = {Layer.FOUNDATION: {"myelin:natGateways": str(gateways)}}
    graph = record_environment("dev", changed=changed, last=Layer.FOUNDATION)[Layer.FOUNDATION]
    assert len(graph.of("aws:ec2/natGateway:NatGateway")) == len(graph.of("aws:ec2/eip:Eip")) == gateways
    routes = [route.inputs for route in graph.of(ROUTE) if "natGatewayId" in route.inputs]
    assert [route["natGatewayId"][-1] for route in routes] == used
    assert {route["destinationCidrBlock"] for route in routes} <= {"0.0.0.0/0"}


def test_subnets_never_give_public_addresses(foundation: Graph) -> None:
    """NET-1: three subnets a tier, in three zones, with no public address by default."""
    subnets = foundation.of("aws:ec2/subnet:Subnet")
    assert {one.inputs["availabilityZone"] for one in subnets} == {"us-east-1a", "us-east-1b", "us-east-1c"}
    assert {one.inputs["mapPublicIpOnLaunch"] for one in subnets} == {False}
    assert sorted(one.inputs["tags"]["myelin:tier"] for one in subnets) == sorted(
        ["private", "isolated", "public"] * 3
    )


def test_default_group_is_closed(foundation: Graph) -> None:
    """NET-4: the VPC's default security group is taken over without any rule."""
    (group,) = foundation.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert set(group.inputs) == {"vpcId", "tags"}


def test_service_keys_are_apart(foundation: Graph) -> None:
    """KEY-1: in the deployed policies each key opens to its own service alone; all keys rotate."""
    for owner in ("axon", "orbit"):
        key = foundation.one("aws:kms/key:Key", owner)
        for user in ("axon", "orbit"):
            context = {
                "aws:PrincipalArn": f"arn:aws:iam::111122223333:role/dev-{user}-task",
                "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
            }
            said = verdict(key.inputs["policy"], action="kms:Decrypt", context=context)
            assert said == (ALLOW if user == owner else SILENT)
    encrypting = [
        key for key in foundation.of("aws:kms/key:Key") if key.inputs.get("keyUsage") != "SIGN_VERIFY"
    ]
    assert len(encrypting) == 4
    assert all(key.inputs["enableKeyRotation"] for key in encrypting)


def test_each_secret_is_under_its_owners_key(foundation: Graph, platform: Graph) -> None:
    """SEC-1: Axon's secret under Axon's key, signing keys under the key of calls."""
    keys = foundation.outputs["key_arns"]
    secrets = {
        one.inputs["name"]: one.inputs["kmsKeyId"] for one in platform.of("aws:secretsmanager/secret:Secret")
    }
    assert secrets == {
        "dev/axon/heartbeat-key": keys["axon"],
        "dev/calls/orbit-axon/signing-key": keys["calls"],
    }


def test_load_balancer_is_private_and_speaks_tls(platform: Graph) -> None:
    """MSH-2: internal, in private subnets, TLS 1.2 or better with a redirect, unknown paths answered 404."""
    (balancer,) = platform.of("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["internal"] is True
    assert balancer.inputs["dropInvalidHeaderFields"] is True
    assert balancer.inputs["subnets"] == recorded("dev")[Layer.FOUNDATION].outputs["private_subnet_ids"]
    http, https = platform.of("aws:lb/listener:Listener")
    assert http.inputs["defaultActions"][0]["redirect"]["protocol"] == "HTTPS"
    assert https.inputs["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert https.inputs["defaultActions"][0]["fixedResponse"]["statusCode"] == "404"
    assert https.inputs["defaultActions"][0]["fixedResponse"]["contentType"] in {
        *("text/plain", "text/css", "text/html", "application/javascript", "application/json"),
    }


def test_sandbox_serves_plain_http() -> None:
    """MSH-2: where HTTP is allowed there is one listener, without a certificate."""
    (listener,) = recorded("sandbox")[Layer.PLATFORM].of("aws:lb/listener:Listener")
    assert (listener.inputs["port"], listener.inputs["protocol"]) == (80, "HTTP")
    assert not {"certificateArn", "sslPolicy"} & set(listener.inputs)


def test_governance_function(platform: Graph) -> None:
    """GOV-1: concurrency limit, own log group, tracing, a version behind `live`, alarms to the topic."""
    function = platform.one("aws:lambda/function:Function", "governance")
    inputs = function.inputs
    assert (inputs["handler"], inputs["runtime"], inputs["architectures"]) == (
        "lambdas.governance.decide.handler",
        "python3.13",
        ["arm64"],
    )
    assert inputs["environment"]["variables"] == {
        "MYELIN_ENVIRONMENT": "dev",
        "POLICY_TABLE": "dev-governance-policies",
        "POLICY_REFRESH_SECONDS": "5",
        "POLICY_STALENESS_SECONDS": "60",
        "DECISION_LOG_MASKED": "context",
        "POWERTOOLS_METRICS_NAMESPACE": "Myelin",
        "POWERTOOLS_SERVICE_NAME": "governance",
    }
    assert (inputs["reservedConcurrentExecutions"], inputs["publish"]) == (20, True)
    assert inputs["loggingConfig"]["logGroup"] == "/aws/lambda/dev-governance-decide"
    assert inputs["tracingConfig"] == {"mode": "Active"}
    (alias,) = platform.of("aws:lambda/alias:Alias")
    assert (alias.inputs["name"], alias.inputs["functionVersion"]) == ("live", "1")
    topic = recorded("dev")[Layer.FOUNDATION].outputs["alert_topic_arn"]
    for alarm in platform.of("aws:cloudwatch/metricAlarm:MetricAlarm"):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [topic]


def test_environments_of_the_governance_function_kept_started(platform: Graph) -> None:
    """GOV-1: none unless that is set, and then of the version that callers get."""
    kind = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
    assert platform.of(kind) == []
    wanted = {"myelin:governanceProvisioned": "2", "myelin:governanceConcurrency": "7"}
    changed = record_environment("dev", changed={Layer.PLATFORM: wanted}, last=Layer.PLATFORM)[Layer.PLATFORM]
    (kept,) = changed.of(kind)
    assert (kept.inputs["provisionedConcurrentExecutions"], kept.inputs["qualifier"]) == (2, "live")
    function = changed.one("aws:lambda/function:Function", "governance")
    assert function.inputs["reservedConcurrentExecutions"] == 7


def test_policy_table(platform: Graph) -> None:
    """GOV-2: keyed by pk and sk, on demand, encrypted with our key, restorable."""
    (table,) = platform.of("aws:dynamodb/table:Table")
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["serverSideEncryption"]["enabled"] is True


def test_repositories(platform: Graph) -> None:
    """ECS-1: immutable tags, scan on push, encryption with our key."""
    for repository in platform.of("aws:ecr/repository:Repository"):
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.inputs["encryptionConfigurations"][0]["encryptionType"] == "KMS"


@pytest.mark.parametrize(("name", "tier"), [("axon", "isolated"), ("orbit", "private")])
def test_services_run_where_they_are_declared(workloads: Graph, name: str, tier: str) -> None:
    """ECS-4: Axon in the isolated subnets, Orbit in the private ones, neither with a public address."""
    inputs = workloads.one(SERVICE, name).inputs
    network = inputs["networkConfiguration"]
    assert network["subnets"] == recorded("dev")[Layer.FOUNDATION].outputs[f"{tier}_subnet_ids"]
    assert network["assignPublicIp"] is False
    assert network["securityGroups"] == [recorded("dev")[Layer.PLATFORM].outputs["security_group_ids"][name]]


@pytest.mark.parametrize("name", ["axon", "orbit"])
def test_deployments_are_safe(workloads: Graph, name: str) -> None:
    """ECS-4: rolling, never below what is wanted, rolled back when it does not settle, and waited for."""
    service = workloads.one(SERVICE, name)
    assert service.inputs["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.inputs["deploymentMinimumHealthyPercent"] == 100
    assert service.inputs["deploymentMaximumPercent"] == 200
    assert service.inputs["waitForSteadyState"] is True
    assert service.ignore_changes == ("desiredCount",)
    target = workloads.one("aws:appautoscaling/target:Target", name)
    assert target.inputs["resourceId"] == f"service/dev/{name}"


def test_service_connect(workloads: Graph) -> None:
    """MSH-1: Axon is exposed as axon:8081; Orbit is a client only, and made after Axon."""
    axon, orbit = workloads.one(SERVICE, "axon"), workloads.one(SERVICE, "orbit")
    assert axon.inputs["serviceConnectConfiguration"]["services"] == [
        {
            "portName": "axon",
            "discoveryName": "axon",
            "clientAlias": [{"dnsName": "axon", "port": 8081}],
        }
    ]
    assert set(orbit.inputs["serviceConnectConfiguration"]) == {"enabled", "namespace"}
    assert axon.urn in orbit.dependencies


def test_target_group_hangs_on_its_rule_first(workloads: Graph) -> None:
    """MSH-2: ECS refuses a target group that no listener leads to; the rule's priority is the port."""
    rule = workloads.one("aws:lb/listenerRule:ListenerRule", "orbit")
    assert rule.urn in workloads.one(SERVICE, "orbit").dependencies
    assert rule.inputs["priority"] == 8080
    assert rule.inputs["conditions"] == [
        {"pathPattern": {"values": ["/dispatch", "/health", "/openapi.json"]}}
    ]
    group = workloads.one("aws:lb/targetGroup:TargetGroup", "orbit").inputs
    assert (group["targetType"], group["healthCheck"]["path"]) == ("ip", "/health")


def test_tasks_are_made_after_what_they_may_do(workloads: Graph) -> None:
    """ECS-2: a task definition waits for its roles' policies, and names both roles."""
    for name in ("axon", "orbit"):
        definition = workloads.one("aws:ecs/taskDefinition:TaskDefinition", name)
        for role in (f"{name}-task", f"{name}-execution"):
            assert workloads.one("aws:iam/rolePolicy:RolePolicy", role).urn in definition.dependencies
        assert definition.inputs["taskRoleArn"].endswith(f"dev-{name}-task")
        assert definition.inputs["executionRoleArn"].endswith(f"dev-{name}-execution")


def test_containers_get_the_deployed_arns(workloads: Graph, platform: Graph) -> None:
    """ECS-3: image, secrets, signing keys and the governance alias are those of the platform."""
    outputs = platform.outputs
    (axon,) = json.loads(
        workloads.one("aws:ecs/taskDefinition:TaskDefinition", "axon").inputs["containerDefinitions"]
    )
    (orbit,) = json.loads(
        workloads.one("aws:ecs/taskDefinition:TaskDefinition", "orbit").inputs["containerDefinitions"]
    )
    assert axon["image"] == f"{outputs['repository_urls']['axon']}:0.1.0"
    assert axon["secrets"] == [
        {"name": "HEARTBEAT_KEY", "valueFrom": outputs["secret_arns"]["axon/heartbeat-key"]}
    ]
    assert _variable(axon, "CALLERS")[0]["signing_secret"] == outputs["signing_secret_arns"]["orbit-axon"]
    assert _variable(orbit, "CALLS")[0]["signing_secret"] == outputs["signing_secret_arns"]["orbit-axon"]
    variables = {item["name"]: item["value"] for item in orbit["environment"]}
    assert variables["GOVERNANCE_FUNCTION"] == outputs["governance_function_arn"]


def test_log_groups_are_kept_and_encrypted(platform: Graph, workloads: Graph) -> None:
    """ECS-2: each log group has a retention and the platform's key."""
    key = recorded("dev")[Layer.FOUNDATION].outputs["key_arns"]["platform"]
    for graph in (platform, workloads):
        for group in graph.of("aws:cloudwatch/logGroup:LogGroup"):
            assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (30, key)


def test_production_is_protected_from_deletion() -> None:
    """By default keys and table are protected, the balancer too, secrets recoverable and images kept."""
    assert not any(key.protect for key in recorded("dev")[Layer.FOUNDATION].of("aws:kms/key:Key"))
    on = {"myelin:deletionProtection": "true"}
    changed = {Layer.FOUNDATION: on, Layer.PLATFORM: on}
    graphs = record_environment("dev", changed=changed, last=Layer.PLATFORM)
    assert all(key.protect for key in graphs[Layer.FOUNDATION].of("aws:kms/key:Key"))
    platform = graphs[Layer.PLATFORM]
    (table,) = platform.of("aws:dynamodb/table:Table")
    assert table.protect
    assert table.inputs["deletionProtectionEnabled"] is True
    (balancer,) = platform.of("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["enableDeletionProtection"] is True
    assert {
        one.inputs["recoveryWindowInDays"] for one in platform.of("aws:secretsmanager/secret:Secret")
    } == {30}
    assert {one.inputs["forceDelete"] for one in platform.of("aws:ecr/repository:Repository")} == {False}


def _variable(container: dict[str, Any], name: str) -> Any:
    return json.loads(next(item["value"] for item in container["environment"] if item["name"] == name))
