"""Ways in and out: what is left out, and what is not known yet. CHK-1"""

from __future__ import annotations

from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN
from policies.resources.guardrails.rules.exposure import MESH_EGRESS, NO_PUBLIC_ROUTE
from policies.resources.guardrails.subject import Attributes, NotKnownError, Subject, camel
from tests.support.resources.judged import TODAY

OPEN_NAMESPACE = "aws_service_discovery_public_dns_namespace"


def subject(kind: str, **values: Any) -> Subject:
    return Subject(kind=kind, attributes=Attributes(values, camel), taggable=True, today=TODAY)


@pytest.mark.parametrize("kind", ["aws_lb", "aws_alb", "aws_elb"])
@pytest.mark.parametrize(
    ("values", "passes"), [({"internal": "true"}, True), ({"internal": None}, False), ({}, False)]
)
def test_a_balancer_is_public_unless_it_says_otherwise(kind: str, values: Any, *, passes: bool) -> None:
    """AWS's default faces the internet, so that only `internal` passes."""
    assert (NO_PUBLIC_ROUTE.judge(subject(kind, **values)) is None) is passes


def test_a_gateway_balancer_has_no_public_address() -> None:
    """It cannot be made internal, and nobody calls it from outside; other types are as public as ever."""
    assert NO_PUBLIC_ROUTE.judge(subject("aws_lb", loadBalancerType="gateway")) is None
    for other in ("application", "network", "", None):
        assert NO_PUBLIC_ROUTE.judge(subject("aws_lb", loadBalancerType=other)) is not None


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_ecs_service", {}),
        ("aws_ecs_service", {"networkConfiguration": {}}),
        ("aws_ecs_service", {"networkConfiguration": {"assignPublicIp": None}}),
        ("aws_subnet", {}),
        ("aws_subnet", {"mapPublicIpOnLaunch": "false"}),
        ("aws_lambda_function_url", {"authorizationType": "AWS_IAM"}),
    ],
)
def test_what_is_private_by_default_passes(kind: str, values: Any) -> None:
    """Tasks, subnets and signed URLs are not reached from outside where nothing is said."""
    assert NO_PUBLIC_ROUTE.judge(subject(kind, **values)) is None


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_lb", {"internal": UNKNOWN}),
        ("aws_lb", {"loadBalancerType": UNKNOWN}),
        ("aws_ecs_service", {"networkConfiguration": UNKNOWN}),
        ("aws_ecs_service", {"networkConfiguration": {"assignPublicIp": UNKNOWN}}),
        ("aws_lambda_function_url", {"authorizationType": UNKNOWN}),
        ("aws_subnet", {"mapPublicIpOnLaunch": UNKNOWN}),
    ],
)
def test_what_is_not_known_is_not_judged(kind: str, values: Any) -> None:
    """A switch that comes with the deployment makes nothing public and nothing private."""
    with pytest.raises(NotKnownError):
        NO_PUBLIC_ROUTE.judge(subject(kind, **values))


def test_a_public_namespace_fails_whatever_is_known_of_it() -> None:
    """The type itself is what is public."""
    assert NO_PUBLIC_ROUTE.judge(subject(OPEN_NAMESPACE, name=UNKNOWN)) is not None


def test_every_type_of_the_rule_can_fail() -> None:
    """Each type that the rule names has a form that it forbids, with words of its own."""
    forbidden: dict[str, dict[str, Any]] = {
        "aws_ecs_service": {"networkConfiguration": {"assignPublicIp": True}},
        "aws_lambda_function_url": {"authorizationType": "NONE"},
        "aws_subnet": {"mapPublicIpOnLaunch": True},
    }
    faults = {
        kind: NO_PUBLIC_ROUTE.judge(subject(kind, **forbidden.get(kind, {})))
        for kind in NO_PUBLIC_ROUTE.kinds
    }
    assert all(faults.values())
    assert len(set(faults.values())) == 5


@pytest.mark.parametrize("values", [{}, {"spec": {}}, {"spec": {"egressFilter": {}}}, {"spec": None}])
def test_a_mesh_is_closed_by_default(values: Any) -> None:
    """App Mesh drops what is not declared where the program says nothing."""
    assert MESH_EGRESS.judge(subject("aws_appmesh_mesh", **values)) is None


@pytest.mark.parametrize("spec", [UNKNOWN, {"egressFilter": UNKNOWN}, {"egressFilter": {"type": UNKNOWN}}])
def test_a_filter_that_is_not_known_is_not_judged(spec: Any) -> None:
    """At whichever depth it is not known, the path is told whole."""
    with pytest.raises(NotKnownError, match=r"`spec\.egressFilter\.type`"):
        MESH_EGRESS.judge(subject("aws_appmesh_mesh", spec=spec))
