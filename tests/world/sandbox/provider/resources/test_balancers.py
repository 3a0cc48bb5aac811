"""Load balancers and target groups."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.api_clients import connect
from sandbox.provider.provider import AwsProvider
from sandbox.provider.resources import balancers
from tests.support.access.keys import ANY_CREDENTIALS
from tests.support.provider.world import Walk, World, tags_of


def _balancer(world: World, state: Any) -> Any:
    elb = world.aws("elbv2")
    found = elb.describe_load_balancers(LoadBalancerArns=[state.id])["LoadBalancers"][0]
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=state.id)["Attributes"]
    settings = {each["Key"]: each["Value"] for each in attributes}
    return (
        found["Scheme"],
        len(found["AvailabilityZones"]),
        settings["idle_timeout.timeout_seconds"],
        settings["routing.http.drop_invalid_header_fields.enabled"],
        settings["deletion_protection.enabled"],
        tags_of(world.aws("elbv2").describe_tags(ResourceArns=[state.id])["TagDescriptions"][0]["Tags"]),
    )


def _target_group(world: World, state: Any) -> Any:
    elb = world.aws("elbv2")
    found = elb.describe_target_groups(TargetGroupArns=[state.id])["TargetGroups"][0]
    attributes = elb.describe_target_group_attributes(TargetGroupArn=state.id)["Attributes"]
    settings = {each["Key"]: each["Value"] for each in attributes}
    return (
        found["HealthCheckPath"],
        found["HealthCheckIntervalSeconds"],
        found["Matcher"]["HttpCode"],
        settings["deregistration_delay.timeout_seconds"],
        tags_of(world.aws("elbv2").describe_tags(ResourceArns=[state.id])["TagDescriptions"][0]["Tags"]),
    )


CASES: dict[str, dict[str, Any]] = {
    "load balancer": {
        "token": balancers.LOAD_BALANCER.token,
        "inputs": lambda w: {
            "name": w.unique("internal"),
            "internal": True,
            "loadBalancerType": "application",
            "securityGroups": [w.group(1)],
            "subnets": [w.subnet(1), w.subnet(2)],
            "dropInvalidHeaderFields": True,
            "enableDeletionProtection": False,
            "idleTimeout": 30,
            "tags": {"a": "1"},
        },
        "look": _balancer,
        "created": ("internal", 2, "30", "true", "false", {"a": "1"}),
        "outputs": "arn arnSuffix dnsName zoneId vpcId",
        "change": lambda w: {
            "subnets": [w.subnet(1), w.subnet(2), w.subnet(3)],
            "securityGroups": [w.group(2)],
            "idleTimeout": None,
            "dropInvalidHeaderFields": False,
            "tags": {"b": "2"},
        },
        "updated": ("internal", 3, "60", "false", "false", {"b": "2"}),
    },
    "target group": {
        "token": balancers.TARGET_GROUP.token,
        "inputs": lambda w: {
            "name": w.unique("test-orbit"),
            "port": 8080,
            "protocol": "HTTP",
            "vpcId": w.vpc(),
            "targetType": "ip",
            "deregistrationDelay": 15,
            "healthCheck": {
                "enabled": True,
                "path": "/health",
                "protocol": "HTTP",
                "interval": 10,
                "timeout": 5,
                "healthyThreshold": 2,
                "unhealthyThreshold": 3,
                "matcher": "200",
            },
            "tags": {"a": "1"},
        },
        "look": _target_group,
        "created": ("/health", 10, "200", "15", {"a": "1"}),
        "outputs": "arn arnSuffix",
        "change": {
            "deregistrationDelay": None,
            "healthCheck": {"path": "/other", "interval": 20, "matcher": "200-299"},
            "tags": {"b": "2"},
        },
        "updated": ("/other", 20, "200-299", "300", {"b": "2"}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Both are made, seen, changed in place, and removed twice (MSH-2)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in balancers.MAPPINGS} - walked == set()


def test_suffixes_are_what_cloudwatch_wants(world: World) -> None:
    """The ARN suffixes are the values of CloudWatch's LoadBalancer and TargetGroup dimensions."""
    balancer, group = world.load_balancer().outputs, world.target_group(1).outputs
    assert balancer["arnSuffix"].startswith("app/thing-")
    assert balancer["arn"].endswith(f":loadbalancer/{balancer['arnSuffix']}")
    assert group["arnSuffix"].startswith("targetgroup/thing-")
    assert group["arn"].endswith(f":{group['arnSuffix']}")


def test_attributes_left_alone_cost_no_call(world: World, endpoint: str) -> None:
    """A target group with AWS's own settings takes one call."""
    calls: list[str] = []
    provider = AwsProvider(
        connect(
            endpoint,
            "us-east-1",
            ANY_CREDENTIALS,
            on_call=lambda _s, operation, _p, _r: calls.append(operation),
        )
    )
    inputs = {
        "port": 1,
        "protocol": "HTTP",
        "vpcId": world.vpc(),
        "targetType": "ip",
        "deregistrationDelay": 300,
    }
    provider.create(world.operation(), balancers.TARGET_GROUP.token, "few", inputs)
    assert calls == ["create_target_group"]
