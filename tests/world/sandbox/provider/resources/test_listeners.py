"""Listeners and their rules."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.resources import listeners
from tests.support.provider.world import Walk, World, tags_of


def _listener(world: World, state: Any) -> Any:
    found = world.aws("elbv2").describe_listeners(ListenerArns=[state.id])["Listeners"][0]
    action = found["DefaultActions"][0]
    return (
        found["Port"],
        action["Type"],
        action.get("FixedResponseConfig", {}).get("StatusCode"),
        tags_of(world.aws("elbv2").describe_tags(ResourceArns=[state.id])["TagDescriptions"][0]["Tags"]),
    )


def _rule(world: World, state: Any) -> Any:
    found = world.aws("elbv2").describe_rules(RuleArns=[state.id])["Rules"][0]
    values = [each.get("PathPatternConfig", {}).get("Values") for each in found["Conditions"]]
    return (
        found["Priority"],
        found["Actions"][0]["Type"],
        values,
        tags_of(world.aws("elbv2").describe_tags(ResourceArns=[state.id])["TagDescriptions"][0]["Tags"]),
    )


def _not_found(world: World) -> str:
    state = world.make(
        listeners.LISTENER.token,
        loadBalancerArn=world.load_balancer().id,
        port=9000 + int(world.unique("").removeprefix("-")),
        protocol="HTTP",
        defaultActions=[
            {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
        ],
    )
    return str(state.id)


CASES: dict[str, dict[str, Any]] = {
    "listener": {
        "token": listeners.LISTENER.token,
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
        "token": listeners.LISTENER_RULE.token,
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
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Both are made, seen, changed in place, and removed twice (MSH-2)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in listeners.MAPPINGS} - walked == set()


def test_weights_conditions_and_redirects_reach_the_api(world: World) -> None:
    """Weighted forwards, every kind of condition, and redirects have a place in the API."""
    first, second = world.target_group(1).id, world.target_group(2).id
    listener = _not_found(world)
    weighted = world.make(
        listeners.LISTENER_RULE.token,
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
        listeners.LISTENER_RULE.token,
        listenerArn=listener,
        actions=[
            {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
        ],
        conditions=[{"pathPattern": {"values": ["/*"]}}],
    )
    assert last.outputs["priority"] == 2


def test_unknown_condition_is_named(world: World) -> None:
    """A condition that the API has no field for is an error, not ignored."""
    with pytest.raises(Exception, match=r"`conditions.moonPhase` has no counterpart"):
        world.make(
            listeners.LISTENER_RULE.token,
            listenerArn="arn",
            priority=1,
            conditions=[{"moonPhase": {"values": ["full"]}}],
        )
