"""Deployments, the circuit breaker and back-off."""

from __future__ import annotations

from dataclasses import replace

from sandbox.cloud.ecs.deployment_settings import DeploymentCircuitBreaker
from sandbox.cloud.scheduler.deployments import (
    Rollout,
    RolloutState,
    TaskFailure,
    back_off,
    begin_rollout,
    break_circuit,
    complete_rollout,
    count_failure,
    forgive_failures,
    retarget_rollout,
    turn_back,
)

SERVING = complete_rollout(begin_rollout("d1", "axon:1", "axon:1"), "axon:1")


def failing(
    rollout: Rollout, times: int, *, breaker: DeploymentCircuitBreaker, healthy_for: float = 0
) -> Rollout:
    for number in range(times):
        failure = TaskFailure(
            deployment_id=rollout.primary.id,
            reason="exited with code 3: no such module",
            healthy_for=healthy_for,
        )
        rollout = count_failure(rollout, failure, breaker, desired=2, now=10.0 * number)
        rollout = break_circuit(rollout, breaker, desired=2, new_id="d3", label="axon:2", back_to="axon:1")
    return rollout


def test_a_healthy_task_sets_the_count_to_0_unless_told_otherwise() -> None:
    """ECS's default; with `resetOnHealthyTask` false failures add up."""
    rollout = failing(begin_rollout("d2", "axon:2", "axon:2"), 2, breaker=DeploymentCircuitBreaker())
    assert forgive_failures(rollout, DeploymentCircuitBreaker()).primary.failed_tasks == 0
    keeping = DeploymentCircuitBreaker(reset_on_healthy_task=False)
    assert forgive_failures(rollout, keeping).primary.failed_tasks == 2


def test_a_failing_deployment_goes_back_to_the_last_complete_one() -> None:
    """DEL-3: with rollback, the third failure opens a deployment of the last completed task definition."""
    rollout = retarget_rollout(SERVING, "d2", "axon:2", "axon:2")
    rollout = failing(rollout, 3, breaker=DeploymentCircuitBreaker(enabled=True, rollback=True))
    assert (rollout.primary.id, rollout.primary.definition) == ("d3", "axon:1")
    assert rollout.primary.state is RolloutState.IN_PROGRESS
    assert rollout.primary.reason == (
        "ECS deployment circuit breaker: rolling back to axon:1: "
        "axon:2 failed 3 times, last: exited with code 3: no such module"
    )
    assert rollout.rolled_back is not None
    assert rollout.rolled_back.state is RolloutState.FAILED
    settled = complete_rollout(rollout, "axon:1")
    assert settled.primary.reason.startswith("ECS deployment circuit breaker: rolled back to axon:1: ")


def test_without_rollback_the_deployment_just_fails() -> None:
    """With the breaker alone the deployment is FAILED and stays primary."""
    rollout = retarget_rollout(SERVING, "d2", "axon:2", "axon:2")
    rollout = failing(rollout, 3, breaker=DeploymentCircuitBreaker(enabled=True))
    assert (rollout.primary.id, rollout.primary.state) == ("d2", RolloutState.FAILED)


def test_the_first_deployment_has_nothing_to_go_back_to() -> None:
    """A first deployment that fails is FAILED even with rollback."""
    rollout = failing(
        begin_rollout("d2", "axon:2", "axon:2"),
        3,
        breaker=DeploymentCircuitBreaker(enabled=True, rollback=True),
    )
    assert rollout.primary.state is RolloutState.FAILED
    assert rollout.rolled_back is None


def test_without_a_breaker_it_tries_for_ever() -> None:
    """No breaker: the deployment stays in progress however often its tasks fail."""
    rollout = failing(begin_rollout("d2", "axon:2", "axon:2"), 50, breaker=DeploymentCircuitBreaker())
    assert rollout.primary.state is RolloutState.IN_PROGRESS
    assert rollout.primary.failed_tasks == 50


def test_failures_after_completion_do_not_count_for_the_breaker() -> None:
    """A completed deployment that crashes is restarted, not rolled back."""
    rollout = failing(SERVING, 10, breaker=DeploymentCircuitBreaker(enabled=True, rollback=True))
    assert rollout.primary.state is RolloutState.COMPLETED
    assert rollout.primary.failed_tasks == 0


def test_the_first_restart_is_immediate_and_a_crash_loop_is_throttled() -> None:
    """No wait after one crash, then doubling from 0.25 s up to 15 s."""
    assert [back_off(crashes) for crashes in (1, 2, 3, 4, 5)] == [0.0, 0.25, 0.5, 1.0, 2.0]
    assert back_off(1000) == 15.0


def test_a_stable_task_ends_a_crash_loop() -> None:
    """A task that had been healthy for two seconds starts the count anew."""
    rollout = failing(SERVING, 8, breaker=DeploymentCircuitBreaker())
    assert rollout.primary.crashes == 8
    assert failing(rollout, 1, breaker=DeploymentCircuitBreaker(), healthy_for=2.0).primary.crashes == 1


def test_a_failure_of_an_old_deployment_does_not_count() -> None:
    """Only tasks of the primary deployment are counted."""
    rollout = retarget_rollout(SERVING, "d2", "axon:2", "axon:2")
    failure = TaskFailure(deployment_id="d1", reason="was killed by SIGKILL", healthy_for=0)
    counted = count_failure(rollout, failure, DeploymentCircuitBreaker(), desired=2, now=0)
    assert counted.primary == rollout.primary
    other = replace(failure, deployment_id="d0")
    assert count_failure(rollout, other, DeploymentCircuitBreaker(), desired=2, now=0) == rollout


def test_a_source_in_a_crash_loop_is_throttled() -> None:
    """Its failures are not the new revision's, and do not start it again at once for ever."""
    rollout = retarget_rollout(SERVING, "d2", "axon:2", "axon:2", shifts=True)
    failure = TaskFailure(deployment_id="d1", reason="was killed by SIGKILL", healthy_for=0)
    for _ in range(3):
        rollout = count_failure(rollout, failure, DeploymentCircuitBreaker(), desired=2, now=100)
    assert rollout.source is not None
    assert (rollout.source.crashes, rollout.source.not_before) == (3, 100.5)


def test_two_revisions_take_turns_in_two_target_groups() -> None:
    """A shift goes to the other group, a rolling update stays where its source is, a way back returns."""
    second = retarget_rollout(SERVING, "d2", "axon:2", "axon:2", shifts=True)
    assert (second.primary.slot, turn_back(second, "red").primary) == (
        1,
        replace(SERVING.primary, state=RolloutState.IN_PROGRESS, reason="red"),
    )
    done = complete_rollout(second, "axon:2")
    assert retarget_rollout(done, "d3", "axon:3", "axon:3", shifts=True).primary.slot == 0
    assert retarget_rollout(done, "d3", "axon:3", "axon:3").primary.slot == 1
    superseding = retarget_rollout(second, "d3", "axon:3", "axon:3", shifts=True)
    assert (superseding.primary.slot, superseding.source) == (1, SERVING.primary)
    again = retarget_rollout(turn_back(second, "red"), "d3", "axon:3", "axon:3", shifts=True)
    assert (again.primary.slot, again.source) == (1, SERVING.primary)


def test_the_same_deployment_is_not_begun_twice() -> None:
    """Reading a deployment again changes nothing; another id gives up the one that was going on."""
    assert retarget_rollout(SERVING, "d1", "axon:1", "axon:1") is SERVING
    assert retarget_rollout(SERVING, "d2", "axon:2", "axon:2").completed == "axon:1"
