"""Pauses are ended, and deployments taken back, by ECS alone. DEL-4."""

from __future__ import annotations

import pytest

from cli.deployment.delivering.answering import await_back, end_pauses, take_back, under_way
from cli.errors import TimedOutError
from tests.support.worlds.fake_deployments import FakeEcs, described

PAUSE = {"hookId": "hook", "targetType": "PAUSE", "status": "AWAITING_ACTION"}


@pytest.mark.parametrize(("go_on", "action"), [(True, "CONTINUE"), (False, "ROLLBACK")])
def test_a_pause_is_ended_by_its_hook(go_on: bool, action: str) -> None:
    """One that does not pause is left alone."""
    ecs = FakeEcs([described(lifecycleHookDetails=[PAUSE]), described(arn="arn:other")])
    found = under_way(ecs, "dev", ["axon", "orbit"])
    assert end_pauses(ecs, found, go_on=go_on) == ("axon",)
    given = {"serviceDeploymentArn": "arn:new", "hookId": "hook", "action": action}
    assert ecs.asked == [("continue", given)]


def test_what_goes_back_already_is_not_stopped_again() -> None:
    """Such a one counts as taken back; one that has ended is none of those under way."""
    ecs = FakeEcs([described(), described("ROLLBACK_IN_PROGRESS"), described("SUCCESSFUL")])
    found = under_way(ecs, "dev", ["axon", "orbit", "third"])
    assert take_back(ecs, found) == ("axon", "orbit")
    assert ecs.asked == [("stop", {"serviceDeploymentArn": "arn:new", "stopType": "ROLLBACK"})]


def test_the_end_is_awaited_for_so_long() -> None:
    """Then it is said where it is: exit code 8."""
    now = [0.0]

    def sleep(_: float) -> None:
        now[0] += 1

    ecs = FakeEcs([described("ROLLBACK_IN_PROGRESS"), described("ROLLBACK_SUCCESSFUL")])
    await_back(lambda: under_way(ecs, "dev", ["axon"]), seconds=9, clock=lambda: now[0], sleep=sleep)
    assert now == [1.0]
    ecs = FakeEcs([described("ROLLBACK_IN_PROGRESS", "BAKE_TIME")])
    with pytest.raises(TimedOutError, match=r"after 9 s: `axon` \(ROLLBACK_IN_PROGRESS at BAKE_TIME\)"):
        await_back(lambda: under_way(ecs, "dev", ["axon"]), seconds=9, clock=lambda: now[0], sleep=sleep)
