"""What is told of a deployment while it is under way."""

from __future__ import annotations

import pytest

from cli.deployment.delivering.following import Follower, describe, followed
from cli.deployment.delivering.service_deployments import read_service_deployment
from cli.terminal.progress import PlainScreen
from tests.support.worlds.fake_deployments import Described, FakeEcs, described

OLD = described("SUCCESSFUL", arn="arn:old")
PAUSE = {"hookId": "1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
SMOKE = {"hookId": "2", "targetType": "AWS_LAMBDA", "targetArn": "a:rollout", "status": "IN_PROGRESS"}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            described("PENDING", ""),
            "axon: canary, pending, 0 % of the traffic on the new revision, 2 of 2 new",
        ),
        (described(running=1), "axon: canary, in progress, waits for healthy tasks, 0 % of the traffic"),
        (described(stage="PRODUCTION_TRAFFIC_SHIFT", share=10.0), "shifts the traffic, 10 % of the traffic"),
        (described(lifecycleHookDetails=[PAUSE]), "paused: `myelin release continue axon` or `abort`"),
        (described(lifecycleHookDetails=[SMOKE]), "hook rollout in progress"),
        (described("ROLLBACK_IN_PROGRESS", alarms={"triggeredAlarmNames": ["x"]}), "red: x"),
        (described("ROLLBACK_SUCCESSFUL", statusReason="it failed"), "rollback successful, 0 % of the"),
        (described(deploymentCircuitBreaker={"failureCount": 2}), "2 failed"),
    ],
)
def test_it_says_what_it_waits_for(found: Described, said: str) -> None:
    """Stage, share, tasks, hooks, alarms, and ECS's own reason."""
    assert said in describe(read_service_deployment("axon", found))


def test_each_change_is_told_once_and_the_bake_counts_down() -> None:
    """A deployment from before is none of its business; minutes pass at AWS's pace here."""
    now, told = [0.0], list[str]()
    bake = described(stage="BAKE_TIME", share=100.0)
    ecs = FakeEcs([OLD, OLD, described(), described(), bake, described("SUCCESSFUL", share=100.0)])
    follower = Follower(ecs, "dev", ["axon"], told.append, time_scale=60, clock=lambda: now[0])
    found = [follower.look() for _ in range(5)]
    assert [len(one) for one in found] == [0, 1, 1, 1, 1]
    assert len(told) == 3
    assert "alarms are watched, 5 min left" in told[1]

    told.clear()
    follower = Follower(
        FakeEcs([OLD, bake, described("IN_PROGRESS", "BAKE_TIME", running=1)]),
        "dev",
        ["axon"],
        told.append,
        time_scale=60,
        clock=lambda: now[0],
    )
    follower.look()
    now[0] = 2.0
    follower.look()
    assert "3 min left" in told[1]


def test_what_cannot_be_looked_at_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """And ends the looking, not the deployment."""
    ecs = FakeEcs([OLD])
    follower = Follower(ecs, "dev", ["axon"], lambda _: None)
    ecs.looks = []
    with followed(follower, PlainScreen(), every=0.0):
        told = ""
        while "cannot be looked at" not in told:
            told += capsys.readouterr().err
