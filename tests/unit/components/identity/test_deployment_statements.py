"""What ECS itself may do while it deploys. IAM-1, DEL-4."""

from __future__ import annotations

from components.identity.deployment_statements import balancer_statements, hook_statements
from tests.support.recording.declarations import PLACE


def test_traffic_is_shifted_by_rules_of_this_environment_alone() -> None:
    """AWS's own policy, but for its account-wide resources and for listeners, which nothing shifts here."""
    look, shift, targets = balancer_statements(PLACE)
    assert set(look.resources) == {"*"}
    assert shift.actions == ("elasticloadbalancing:ModifyRule",)
    assert shift.resources == (
        "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener-rule/app/dev-internal/*/*/*",
    )
    assert targets.resources == (
        "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/dev-*/*",
    )


def test_hooks_call_one_function() -> None:
    """The one that tests a new release."""
    (call,) = hook_statements(PLACE)
    assert (call.actions, call.resources) == (
        ("lambda:InvokeFunction",),
        ("arn:aws:lambda:eu-central-1:111122223333:function:dev-rollout",),
    )
