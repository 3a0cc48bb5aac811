"""An ECS service with its scaling, made alone. ECS-4, MSH-1."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from components.containers.deployment_plan import DeploymentPlan, plan_deployment
from components.containers.service import (
    TEST_HEADER,
    FargateService,
    ServiceInputs,
    SmokeInputs,
    TrafficInputs,
)
from components.declarations import DeploymentStrategy, load_services
from components.mesh.membership import Membership
from components.mesh.service_connect import ServiceConnect
from tests.support.paths import ROOT
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

SERVICES = load_services(ROOT / "services")
SERVICE, TARGET = "aws:ecs/service:Service", "aws:appautoscaling/target:Target"
INPUTS = ServiceInputs(
    cluster_arn="arn:cluster",
    cluster_name="dev",
    namespace_arn="arn:namespace",
    subnet_ids=["subnet-a"],
    security_group_ids=["sg-axon", "sg-every"],
    task_definition_arn="arn:task:1",
    smoke=SmokeInputs(function_arn="arn:rollout", role_arn="arn:hooks", test_url="https://lb:8443"),
    traffic=None,
)
TRAFFIC = TrafficInputs(
    target_group_arn="arn:targets",
    alternate_target_group_arn="arn:others",
    rule_arn="arn:rule",
    test_rule_arn="arn:test",
    role_arn="arn:role",
)
CANARY = DeploymentPlan(strategy=DeploymentStrategy.CANARY, percent=5.0, step_minutes=10, bake_minutes=15)


def made(
    name: str,
    inputs: ServiceInputs = INPUTS,
    *,
    meshed: bool = True,
    deployment: DeploymentPlan | None = None,
) -> RecordedComponent:
    service = SERVICES.get(name)
    membership: Membership | None = ServiceConnect().membership(SERVICES, service) if meshed else None
    plan = deployment or plan_deployment(service)
    return record_component(lambda: FargateService(name, SCOPE, service, membership, plan, inputs))


def test_deployments_are_safe() -> None:
    """Rolling, never below the desired number, rolled back when it does not settle, and waited for."""
    found = made("axon")
    assert found.children == {SERVICE: 1, TARGET: 1, "aws:appautoscaling/policy:Policy": 1}
    service = found.only(SERVICE)
    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.inputs["deploymentMinimumHealthyPercent"] == 100
    assert service.inputs["deploymentMaximumPercent"] == 200
    assert service.inputs["waitForSteadyState"] is True
    assert service.inputs["networkConfiguration"]["assignPublicIp"] is False
    assert found.outputs == {"service_name": "axon"}


def test_scaling_owns_the_number_of_tasks() -> None:
    """The declared bounds go to scaling; later deployments leave the number as it is."""
    found = made("axon")
    target = found.only(TARGET).inputs
    assert (target["minCapacity"], target["maxCapacity"], target["resourceId"]) == (2, 6, "service/dev/axon")
    assert found.only(SERVICE).ignore_changes == ("desiredCount",)


def test_a_callee_is_exposed_and_a_caller_is_a_client() -> None:
    """Axon gets a name in the mesh, Orbit only uses it; a service outside of the mesh has no part in it."""
    axon = made("axon").only(SERVICE).inputs["serviceConnectConfiguration"]
    assert axon["services"] == [
        {"portName": "axon", "discoveryName": "axon", "clientAlias": [{"dnsName": "axon", "port": 8081}]}
    ]
    orbit = made("orbit").only(SERVICE).inputs["serviceConnectConfiguration"]
    assert orbit == {"enabled": True, "namespace": "arn:namespace"}
    assert "serviceConnectConfiguration" not in made("axon", meshed=False).only(SERVICE).inputs


def test_the_load_balancer_waits_until_a_task_can_be_healthy() -> None:
    """With a target group there is a grace period; without one there is neither."""
    attached = made("orbit", replace(INPUTS, traffic=TRAFFIC)).only(SERVICE).inputs
    assert attached["loadBalancers"] == [
        {"targetGroupArn": "arn:targets", "containerName": "orbit", "containerPort": 8080}
    ]
    assert attached["healthCheckGracePeriodSeconds"] == 30
    alone = made("axon").only(SERVICE).inputs
    assert not {"loadBalancers", "healthCheckGracePeriodSeconds"} & set(alone)


def test_ecs_is_given_both_groups_and_both_rules_to_shift_traffic() -> None:
    """DEL-4: with a strategy that shifts, the other group, the two rules and the role that ECS uses."""
    (balancer,) = (
        made("orbit", replace(INPUTS, traffic=TRAFFIC), deployment=CANARY)
        .only(SERVICE)
        .inputs["loadBalancers"]
    )
    assert balancer["advancedConfiguration"] == {
        "alternateTargetGroupArn": "arn:others",
        "productionListenerRule": "arn:rule",
        "testListenerRule": "arn:test",
        "roleArn": "arn:role",
    }


def test_calls_with_the_test_header_reach_the_new_tasks_first() -> None:
    """DEL-4: a callee whose traffic is shifted in the mesh names the header that tests come with."""
    connect = made("axon", deployment=CANARY).only(SERVICE).inputs["serviceConnectConfiguration"]
    (alias,) = connect["services"][0]["clientAlias"]
    assert alias["testTrafficRules"] == [{"header": {"name": TEST_HEADER, "value": {"exact": "true"}}}]


def test_a_red_alarm_rolls_back() -> None:
    """DEL-4: the alarms that are named are ECS's to watch; without any there is no such argument."""
    watched = made("axon", replace(INPUTS, rollback_alarms=("dev-axon-slow",))).only(SERVICE).inputs
    assert watched["alarms"] == {"alarmNames": ["dev-axon-slow"], "enable": True, "rollback": True}
    assert "alarms" not in made("axon").only(SERVICE).inputs


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("orbit", {"service": "orbit", "paths": ["/health"], "url": "https://lb:8443"}),
        ("axon", {"service": "axon", "paths": ["/health"], "port": 8081}),
    ],
)
def test_new_tasks_are_asked_before_they_get_traffic(name: str, details: dict[str, object]) -> None:
    """DEL-4: through the test listener where there is ingress, else at each task's own port."""
    made_service = made(name, deployment=CANARY).only(SERVICE).inputs
    (hook,) = made_service["deploymentConfiguration"]["lifecycleHooks"]
    assert json.loads(hook["hookDetails"]) == details
    assert hook["lifecycleStages"] == ["POST_TEST_TRAFFIC_SHIFT"]
    assert (hook["hookTargetArn"], hook["roleArn"]) == ("arn:rollout", "arn:hooks")
