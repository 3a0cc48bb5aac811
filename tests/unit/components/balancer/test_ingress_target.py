"""The target group and listener rule of one service, made alone. MSH-2."""

from __future__ import annotations

from components.balancer.ingress_target import DEREGISTRATION_DELAY, IngressTarget
from components.containers.container_definition import STOP_TIMEOUT
from components.declarations import load_services
from tests.support.paths import ROOT
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

GROUP, RULE = "aws:lb/targetGroup:TargetGroup", "aws:lb/listenerRule:ListenerRule"


def made() -> RecordedComponent:
    orbit = load_services(ROOT / "services").get("orbit")
    ingress = orbit.ingress
    assert ingress is not None
    return record_component(
        lambda: IngressTarget("orbit", SCOPE, orbit, ingress, vpc_id="vpc-1", listener_arn="arn:listener")
    )


def test_paths_lead_to_the_tasks() -> None:
    """The rule forwards the declared paths; its priority is the service's port, so that it never moves."""
    found = made()
    assert found.children == {GROUP: 1, RULE: 1}
    rule, group = found.only(RULE).inputs, found.only(GROUP).inputs
    assert rule["conditions"] == [{"pathPattern": {"values": ["/dispatch", "/health", "/openapi.json"]}}]
    assert (rule["listenerArn"], rule["priority"]) == ("arn:listener", 8080)
    assert rule["actions"] == [{"type": "forward", "targetGroupArn": found.outputs["target_group_arn"]}]
    assert (group["targetType"], group["port"], group["vpcId"]) == ("ip", 8080, "vpc-1")


def test_health_is_asked_for_as_it_is_declared() -> None:
    """The load balancer checks the path and at the pace that the declaration says."""
    check = made().only(GROUP).inputs["healthCheck"]
    assert (check["path"], check["interval"], check["timeout"]) == ("/health", 10, 5)
    assert check["unhealthyThreshold"] == 3


def test_a_task_that_stops_has_time_for_its_open_requests() -> None:
    """The load balancer lets go of a task before ECS kills it."""
    assert made().only(GROUP).inputs["deregistrationDelay"] == DEREGISTRATION_DELAY < STOP_TIMEOUT
