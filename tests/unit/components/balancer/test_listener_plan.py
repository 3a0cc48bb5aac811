"""What the load balancer listens on. MSH-2."""

from __future__ import annotations

from components.balancer.listener_plan import ListenerPlan, plan_listeners


def test_with_a_certificate() -> None:
    """MSH-2: HTTPS serves, HTTP only sends there."""
    assert plan_listeners("arn:cert") == (
        ListenerPlan(name="https", port=443, certificate_arn="arn:cert"),
        ListenerPlan(name="http", port=80, redirect_to=443),
    )
    assert [one.protocol for one in plan_listeners("arn:cert")] == ["HTTPS", "HTTP"]


def test_without_one() -> None:
    """Where HTTP is allowed it serves on port 80."""
    assert plan_listeners(None) == (ListenerPlan(name="http", port=80),)
