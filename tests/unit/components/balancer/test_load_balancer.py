"""The private load balancer, made alone. MSH-2."""

from __future__ import annotations

from typing import Any

from components.balancer.listener_plan import TLS_POLICY, plan_listeners
from components.balancer.load_balancer import LoadBalancer
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

BALANCER, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/x"


def made(certificate: str | None, *, deletion_protection: bool = True) -> RecordedComponent:
    return record_component(
        lambda: LoadBalancer(
            "internal",
            SCOPE,
            plan_listeners(certificate),
            security_group_id="sg-1",
            subnet_ids=["subnet-a", "subnet-b"],
            access_logs="logs",
            deletion_protection=deletion_protection,
        )
    )


def default_action(listener: Any) -> Any:
    (action,) = listener.inputs["defaultActions"]
    return action


def test_balancer_is_internal() -> None:
    """It has no public address, stands in the given subnets and drops malformed headers."""
    found = made(CERTIFICATE)
    assert found.children == {BALANCER: 1, LISTENER: 3}
    inputs = found.only(BALANCER).inputs
    assert (inputs["internal"], inputs["dropInvalidHeaderFields"]) == (True, True)
    assert (inputs["subnets"], inputs["securityGroups"]) == (["subnet-a", "subnet-b"], ["sg-1"])
    assert inputs["accessLogs"] == {"bucket": "logs", "prefix": "load-balancer", "enabled": True}
    assert inputs["enableDeletionProtection"] is True
    assert (
        made(CERTIFICATE, deletion_protection=False).only(BALANCER).inputs["enableDeletionProtection"]
        is False
    )


def test_requests_are_served_over_tls_where_there_is_a_certificate() -> None:
    """The HTTPS listener answers 404 by default and is the output; the one for HTTP only redirects to it."""
    found = made(CERTIFICATE)
    http, https, tests = found.graph.of(LISTENER)
    assert (https.inputs["protocol"], https.inputs["sslPolicy"]) == ("HTTPS", TLS_POLICY)
    assert https.inputs["certificateArn"] == CERTIFICATE
    assert default_action(https)["fixedResponse"]["statusCode"] == "404"
    assert default_action(http)["redirect"] == {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}
    assert (tests.inputs["port"], tests.inputs["certificateArn"]) == (8443, CERTIFICATE)
    assert set(found.outputs) == {"arn", "dns_name", "listener_arn", "test_listener_arn", "test_url"}
    assert found.outputs["test_listener_arn"].endswith("internal-test")
    assert found.outputs["test_url"] == f"https://{found.outputs['dns_name']}:8443"
    assert found.outputs["listener_arn"] == "arn:aws:listener:us-east-1:111122223333:internal-https"


def test_without_a_certificate_the_listeners_are_plain() -> None:
    """HTTP alone, there and for tests, and no TLS policy that would go with a certificate."""
    listeners = made(None).graph.of(LISTENER)
    assert [(one.inputs["port"], one.inputs["protocol"]) for one in listeners] == [
        (80, "HTTP"),
        (8080, "HTTP"),
    ]
    for listener in listeners:
        assert not {"certificateArn", "sslPolicy"} & set(listener.inputs)
        assert default_action(listener)["type"] == "fixed-response"
