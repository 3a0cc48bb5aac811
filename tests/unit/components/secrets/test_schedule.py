"""Who calls the rotation function, and when. SEC-2."""

from __future__ import annotations

import re
from collections import Counter

from components.secrets.schedule import RotationPermission, monthly
from tests.support.recording.component import SCOPE, record_component


def test_secrets_manager_may_call_the_function_for_this_environment_alone() -> None:
    """The permission names account and secrets, so that nobody else's rotation calls it."""

    def make() -> RotationPermission:
        return RotationPermission(
            "rotation", SCOPE, function_arn="arn:function:rotation", function_name="dev-rotation"
        )

    found = record_component(make)
    assert found.only("aws:lambda/permission:Permission").inputs == {
        "action": "lambda:InvokeFunction",
        "function": "dev-rotation",
        "principal": "secretsmanager.amazonaws.com",
        "sourceAccount": SCOPE.account.id,
        "sourceArn": SCOPE.account.arn("secretsmanager", "secret:dev/*"),
    }


def test_a_schedule_is_a_day_and_an_hour_of_each_month() -> None:
    """In the form that Secrets Manager takes: minute 0, a day that every month has; the same for a name
    whenever it is asked.
    """
    for number in range(200):
        found = re.fullmatch(r"cron\(0 (\d+) (\d+) \* \? \*\)", monthly(f"dev/calls/{number}"))
        assert found is not None
        assert int(found[1]) in range(24)
        assert int(found[2]) in range(1, 29)
    assert monthly("dev/axon/heartbeat-key") == monthly("dev/axon/heartbeat-key")


def test_many_secrets_are_not_rotated_at_once() -> None:
    """A thousand secrets go round in more than four hundred different hours of the month."""
    hours = Counter(monthly(f"dev/calls/a{number}-b/signing-key") for number in range(1000))
    assert len(hours) > 400
