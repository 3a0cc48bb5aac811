"""What ECS says of a service deployment, as a value."""

from __future__ import annotations

from typing import Any

import pytest

from cli.deployment.delivering.service_deployments import newest_deployment, read_service_deployment
from tests.support.worlds.fake_deployments import Described, FakeEcs, described


@pytest.mark.parametrize(
    ("found", "under_way", "serves"),
    [
        (described("PENDING", ""), True, False),
        (described("IN_PROGRESS", share=100.0), True, False),
        (described("SUCCESSFUL", share=100.0), False, True),
        (described("SUCCESSFUL", share=0.0), False, False),
        (described("ROLLBACK_IN_PROGRESS"), True, False),
        (described("ROLLBACK_SUCCESSFUL"), False, False),
        (described("STOPPED", share=100.0), False, False),
        (described("SUCCESSFUL", deploymentConfiguration={}), False, True),
    ],
)
def test_it_serves_when_it_was_successful_with_all_traffic(
    found: Described, under_way: bool, serves: bool
) -> None:
    """A rolling update shifts no traffic. DEL-4"""
    read = read_service_deployment("axon", found)
    assert (read.under_way, read.serves) == (under_way, serves)


def test_hooks_and_alarms_are_read() -> None:
    """A pause is one that awaits an action."""
    hooks = [
        {"hookId": "1", "targetType": "PAUSE", "status": "AWAITING_ACTION"},
        {"hookId": "2", "targetType": "AWS_LAMBDA", "targetArn": "arn:aws:x:rollout", "status": "FAILED"},
    ]
    more: dict[str, Any] = {
        "alarms": {"triggeredAlarmNames": ["a"]},
        "deploymentCircuitBreaker": {"failureCount": 3},
    }
    read = read_service_deployment("axon", described(lifecycleHookDetails=hooks, **more))
    assert [hook.id for hook in read.pauses] == ["1"]
    assert (read.hooks[1].function, read.red, read.failures) == ("rollout", ("a",), 3)


def test_the_newest_is_found_if_there_is_one() -> None:
    """By the service's name."""
    assert newest_deployment(FakeEcs([None]), "dev", "axon") is None
    found = newest_deployment(FakeEcs([described()]), "dev", "axon")
    assert found is not None
    assert (found.service, found.arn) == ("axon", "arn:new")
