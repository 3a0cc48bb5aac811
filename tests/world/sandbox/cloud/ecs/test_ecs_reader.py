"""What is read from the emulated ECS."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.ecs import emulated_ecs_calls
from sandbox.cloud.ecs.definition import HealthCheck
from sandbox.cloud.ecs.reader import EcsReader, EcsSnapshot
from tests.support.emulated_aws import EmulatedAws


@pytest.fixture
def target_group(aws: EmulatedAws) -> str:
    emulated_ecs_calls.install()
    elbv2 = aws("elbv2")
    made = elbv2.create_target_group(
        Name="g",
        Protocol="HTTP",
        Port=1,
        VpcId=aws.network()["vpc"],
        TargetType="ip",
        HealthCheckPath="/ready",
        Matcher={"HttpCode": "200-204"},
    )
    arn = str(made["TargetGroups"][0]["TargetGroupArn"])
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "7"}
    elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    return arn


def link(arn: str) -> list[dict[str, Any]]:
    return [{"targetGroupArn": arn, "containerName": "app", "containerPort": 8081}]


def test_services_are_read_with_definition_and_target_group(aws: EmulatedAws, target_group: str) -> None:
    """The probe is the target group's path at the container's pace; draining lasts the group's delay."""
    definition = aws.define("axon")
    aws.service("axon", definition, loadBalancers=link(target_group))
    snapshot = EcsReader(aws).snapshot()
    service = snapshot.services["test/axon"]
    assert (service.desired_count, service.definition.arn, service.key) == (2, definition, "test/axon")
    assert snapshot.check(service, service.definition) == HealthCheck(
        path="/ready", interval=1, timeout=2, retries=2, statuses=((200, 204),)
    )
    assert snapshot.drain_seconds(service) == 7


def test_a_service_without_a_target_group_has_its_containers_check(aws: EmulatedAws) -> None:
    """And thirty seconds to drain; without any check a TCP connection is enough."""
    aws.service("axon", aws.define("axon"))
    aws.service("bare", aws.define("bare", healthCheck={"command": ["NONE"]}))
    snapshot = EcsReader(aws).snapshot()
    axon, bare = snapshot.services["test/axon"], snapshot.services["test/bare"]
    assert snapshot.check(axon, axon.definition).path == "/health"
    assert snapshot.drain_seconds(axon) == 30
    assert snapshot.check(bare, bare.definition) == HealthCheck()


def test_a_target_group_that_was_deleted_first_is_left_out(aws: EmulatedAws, target_group: str) -> None:
    """A service may refer to one for a while; it is read all the same."""
    aws.service("axon", aws.define("axon"), loadBalancers=link(target_group))
    aws("elbv2").delete_target_group(TargetGroupArn=target_group)
    snapshot = EcsReader(aws).snapshot()
    assert snapshot.target_groups == {}
    assert list(snapshot.services) == ["test/axon"]


def test_what_is_not_active_is_not_read(aws: EmulatedAws) -> None:
    """Neither a deleted service, nor one of another state; an empty account is an empty snapshot."""
    assert EcsReader(aws).snapshot() == EcsSnapshot()
    aws.service("axon", aws.define("axon"))
    aws("ecs").delete_service(cluster="test", service="axon", force=True)
    assert EcsReader(aws).services() == {}


def test_a_definition_is_read_once(aws: EmulatedAws) -> None:
    """It can never change, so asking again makes no call."""
    definition = aws.define("axon")
    reader = EcsReader(aws)
    first = reader.definition(definition)
    aws("ecs").deregister_task_definition(taskDefinition=definition)
    assert reader.definition(definition) is first
