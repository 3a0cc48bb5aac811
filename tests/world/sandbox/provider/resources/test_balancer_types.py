from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.provider import AwsProvider
from sandbox.provider.session import connect


def _tags(world: Any, state: Any) -> dict[str, str]:
    found = world.aws("elbv2").describe_tags(ResourceArns=[state.id])["TagDescriptions"][0]["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def _balancer(world: Any, state: Any) -> Any:
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
        _tags(world, state),
    )


def _target_group(world: Any, state: Any) -> Any:
    elb = world.aws("elbv2")
    found = elb.describe_target_groups(TargetGroupArns=[state.id])["TargetGroups"][0]
    attributes = elb.describe_target_group_attributes(TargetGroupArn=state.id)["Attributes"]
    settings = {each["Key"]: each["Value"] for each in attributes}
    return (
        found["HealthCheckPath"],
        found["HealthCheckIntervalSeconds"],
        found["Matcher"]["HttpCode"],
        settings["deregistration_delay.timeout_seconds"],
        _tags(world, state),
    )


def _listener(world: Any, state: Any) -> Any:
    found = world.aws("elbv2").describe_listeners(ListenerArns=[state.id])["Listeners"][0]
    action = found["DefaultActions"][0]
    return (
        found["Port"],
        action["Type"],
        action.get("FixedResponseConfig", {}).get("StatusCode"),
        _tags(world, state),
    )


def _rule(world: Any, state: Any) -> Any:
    found = world.aws("elbv2").describe_rules(RuleArns=[state.id])["Rules"][0]
    values = [each.get("PathPatternConfig", {}).get("Values") for each in found["Conditions"]]
    return found["Priority"], found["Actions"][0]["Type"], values, _tags(world, state)


def _not_found(world: Any) -> str:
    state = world.make(
        "aws:lb/listener:Listener",
        loadBalancerArn=world.load_balancer().id,
        port=9000 + int(world.unique("").removeprefix("-")),
        protocol="HTTP",
        defaultActions=[
            {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
        ],
    )
    return str(state.id)


CASES = {
    "load balancer": {
        "token": "aws:lb/loadBalancer:LoadBalancer",
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
        "token": "aws:lb/targetGroup:TargetGroup",
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
    "listener": {
        "token": "aws:lb/listener:Listener",
        "inputs": lambda w: {
            "loadBalancerArn": w.load_balancer().id,
            "port": 80,
            "protocol": "HTTP",
            "tags": {"a": "1"},
            "defaultActions": [
                {
                    "type": "fixed-response",
                    "fixedResponse": {"contentType": "text/plain", "messageBody": "no", "statusCode": "404"},
                }
            ],
        },
        "look": _listener,
        "created": (80, "fixed-response", "404", {"a": "1"}),
        "outputs": "arn",
        "change": lambda w: {
            "port": 81,
            "defaultActions": [{"type": "forward", "targetGroupArn": w.target_group(1).id}],
            "tags": {"b": "2"},
        },
        "updated": (81, "forward", None, {"b": "2"}),
    },
    "listener rule": {
        "token": "aws:lb/listenerRule:ListenerRule",
        "inputs": lambda w: {
            "listenerArn": _not_found(w),
            "priority": 10,
            "actions": [{"type": "forward", "targetGroupArn": w.target_group(1).id}],
            "conditions": [{"pathPattern": {"values": ["/dispatch", "/health"]}}],
            "tags": {"a": "1"},
        },
        "look": _rule,
        "created": ("10", "forward", [["/dispatch", "/health"]], {"a": "1"}),
        "outputs": "arn",
        "change": {
            "priority": 20,
            "conditions": [{"pathPattern": {"values": ["/other"]}}],
            "tags": {"b": "2"},
        },
        "updated": ("20", "forward", [["/other"]], {"b": "2"}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_balancer_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """Balancers, groups, listeners and rules are made, seen, changed in place, and removed (MSH-2)."""
    walk(case)


def test_suffixes_are_what_cloudwatch_wants(world: Any) -> None:
    """The ARN suffixes are the values of CloudWatch's LoadBalancer and TargetGroup dimensions."""
    balancer, group = world.load_balancer().outputs, world.target_group(1).outputs
    assert balancer["arnSuffix"].startswith("app/thing-")
    assert balancer["arn"].endswith(f":loadbalancer/{balancer['arnSuffix']}")
    assert group["arnSuffix"].startswith("targetgroup/thing-")
    assert group["arn"].endswith(f":{group['arnSuffix']}")


def test_weights_conditions_and_redirects_reach_the_api(world: Any) -> None:
    """Weighted forwards, every kind of condition, and redirects have a place in the API."""
    first, second = world.target_group(1).id, world.target_group(2).id
    listener = _not_found(world)
    weighted = world.make(
        "aws:lb/listenerRule:ListenerRule",
        listenerArn=listener,
        priority=1,
        actions=[
            {
                "type": "forward",
                "forward": {
                    "targetGroups": [{"arn": first, "weight": 90}, {"arn": second, "weight": 10}],
                    "stickiness": {"enabled": True, "duration": 60},
                },
            }
        ],
        conditions=[
            {"hostHeader": {"values": ["a.example.com"]}},
            {"httpHeader": {"httpHeaderName": "x-test", "values": ["1"]}},
            {"httpRequestMethod": {"values": ["GET"]}},
            {"queryStrings": [{"key": "v", "value": "2"}]},
            {"sourceIp": {"values": ["10.0.0.0/8"]}},
        ],
    )
    found = world.aws("elbv2").describe_rules(RuleArns=[weighted.id])["Rules"][0]
    groups = found["Actions"][0]["ForwardConfig"]["TargetGroups"]
    assert [(each["TargetGroupArn"], each["Weight"]) for each in groups] == [(first, 90), (second, 10)]
    fields = [each["Field"] for each in found["Conditions"]]
    assert fields == ["host-header", "http-header", "http-request-method", "query-string", "source-ip"]
    last = world.make(
        "aws:lb/listenerRule:ListenerRule",
        listenerArn=listener,
        actions=[
            {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
        ],
        conditions=[{"pathPattern": {"values": ["/*"]}}],
    )
    assert last.outputs["priority"] == 2


def test_unknown_condition_is_named(world: Any) -> None:
    """A condition that the API has no field for is an error, not ignored."""
    with pytest.raises(Exception, match=r"`conditions.moonPhase` has no counterpart"):
        world.make(
            "aws:lb/listenerRule:ListenerRule",
            listenerArn="arn",
            priority=1,
            conditions=[{"moonPhase": {"values": ["full"]}}],
        )


def test_attributes_left_alone_cost_no_call(world: Any, endpoint: str) -> None:
    """A target group with AWS's own settings takes one call."""
    calls: list[str] = []
    provider = AwsProvider(
        connect(endpoint, "us-east-1", on_call=lambda _s, operation, _p, _r: calls.append(operation))
    )
    inputs = {
        "port": 1,
        "protocol": "HTTP",
        "vpcId": world.vpc(),
        "targetType": "ip",
        "deregistrationDelay": 300,
    }
    provider.create(world.operation(), "aws:lb/targetGroup:TargetGroup", "few", inputs)
    assert calls == ["create_target_group"]
