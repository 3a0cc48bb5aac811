"""What the load balancer listens on. MSH-2."""

from __future__ import annotations

from components.balancer.listener_plan import ListenerPlan, client_ports, listener_for_tests, plan_listeners


def test_with_a_certificate() -> None:
    """MSH-2: HTTPS serves, HTTP only sends there."""
    assert plan_listeners("arn:cert") == (
        ListenerPlan(name="https", port=443, certificate_arn="arn:cert"),
        ListenerPlan(name="http", port=80, redirect_to=443),
        ListenerPlan(name="test", port=8443, certificate_arn="arn:cert", for_tests=True),
    )
    assert [one.protocol for one in plan_listeners("arn:cert")] == ["HTTPS", "HTTP", "HTTPS"]


def test_without_one() -> None:
    """Where HTTP is allowed it serves on port 80."""
    assert plan_listeners(None) == (
        ListenerPlan(name="http", port=80),
        ListenerPlan(name="test", port=8080, for_tests=True),
    )


def test_clients_do_not_reach_the_listener_for_tests() -> None:
    """DEL-4: what is behind it has not been tested yet."""
    plan = plan_listeners("arn:cert")
    assert client_ports(plan) == (443, 80)
    assert listener_for_tests(plan).port == 8443
