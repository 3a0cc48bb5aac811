"""The target groups and listener rules of one service, made alone. MSH-2, DEL-4."""

from __future__ import annotations

from components.balancer.ingress_target import DEREGISTRATION_DELAY, IngressTarget
from components.containers.container_definition import STOP_TIMEOUT
from components.declarations import load_services
from tests.support.paths import ROOT
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

GROUP, RULE = "aws:lb/targetGroup:TargetGroup", "aws:lb/listenerRule:ListenerRule"


def made(*, weights_are_ecs: bool = False) -> RecordedComponent:
    orbit = load_services(ROOT / "services").get("orbit")
    ingress = orbit.ingress
    assert ingress is not None
    return record_component(
        lambda: IngressTarget(
            "orbit",
            SCOPE,
            orbit,
            ingress,
            vpc_id="vpc-1",
            listener_arn="arn:listener",
            test_listener_arn="arn:tests",
            weights_are_ecs=weights_are_ecs,
        )
    )


def test_paths_lead_to_the_tasks() -> None:
    """The rule forwards the declared paths; its priority is the service's port, so that it never moves."""
    found = made()
    assert found.children == {GROUP: 2, RULE: 2}
    rule, _ = found.graph.of(RULE)
    assert rule.inputs["conditions"] == [
        {"pathPattern": {"values": ["/dispatch", "/health", "/openapi.json"]}}
    ]
    assert (rule.inputs["listenerArn"], rule.inputs["priority"]) == ("arn:listener", 8080)
    for group in found.graph.of(GROUP):
        assert (group.inputs["targetType"], group.inputs["port"], group.inputs["vpcId"]) == (
            "ip",
            8080,
            "vpc-1",
        )


def test_all_traffic_goes_to_the_first_group() -> None:
    """DEL-4: both groups hang on both rules before the service is made, the second with weight 0."""
    found = made()
    for rule in found.graph.of(RULE):
        (action,) = rule.inputs["actions"]
        assert action["forward"]["targetGroups"] == [
            {"arn": found.outputs["target_group_arn"], "weight": 100},
            {"arn": found.outputs["alternate_target_group_arn"], "weight": 0},
        ]


def test_the_test_listener_has_the_smoke_paths_alone() -> None:
    """DEL-4: nothing else of a release that is not tested yet is reached there."""
    _, rule = made().graph.of(RULE)
    assert (rule.inputs["listenerArn"], rule.inputs["priority"]) == ("arn:tests", 8080)
    assert rule.inputs["conditions"] == [{"pathPattern": {"values": ["/health"]}}]


def test_weights_that_ecs_shifts_are_left_alone() -> None:
    """DEL-4: an update would otherwise send the traffic back to where it was before the last deployment."""
    for rule in made(weights_are_ecs=True).graph.of(RULE):
        assert rule.ignore_changes == ("actions",)
    for rule in made().graph.of(RULE):
        assert rule.ignore_changes == ()


def test_health_is_asked_for_as_it_is_declared() -> None:
    """The load balancer checks the path and at the pace that the declaration says."""
    for group in made().graph.of(GROUP):
        check = group.inputs["healthCheck"]
        assert (check["path"], check["interval"], check["timeout"]) == ("/health", 10, 5)
        assert check["unhealthyThreshold"] == 3


def test_a_task_that_stops_has_time_for_its_open_requests() -> None:
    """The load balancer lets go of a task before ECS kills it."""
    for group in made().graph.of(GROUP):
        assert group.inputs["deregistrationDelay"] == DEREGISTRATION_DELAY < STOP_TIMEOUT
