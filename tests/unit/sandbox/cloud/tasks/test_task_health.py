"""Following the health of a task."""

from __future__ import annotations

from sandbox.cloud.ecs.definition import HealthCheck
from sandbox.cloud.tasks.health import FAST_INTERVAL, TaskHealth, next_probe, observe
from sandbox.cloud.tasks.phase import Phase

CHECK = HealthCheck(path="/health", interval=10, retries=3, start_period=5)


def test_a_good_probe_makes_a_starting_task_healthy() -> None:
    """One good probe is enough, and the time is remembered."""
    health = observe(TaskHealth(started_at=0), None, CHECK, grace=0, now=2)
    assert (health.phase, health.healthy_since, health.healthy_for(5)) == (Phase.HEALTHY, 2, 3)


def test_a_starting_task_is_probed_fast_and_a_healthy_one_at_its_interval() -> None:
    """Probing is fast only while it matters."""
    health = TaskHealth(started_at=0)
    assert next_probe(health, CHECK) == FAST_INTERVAL
    assert next_probe(observe(health, None, CHECK, grace=0, now=1), CHECK) == 10


def test_a_starting_task_has_its_start_period_and_its_retries() -> None:
    """Failures while starting count only once start period and retries are over."""
    health = TaskHealth(started_at=0)
    for now in range(35):
        health = observe(health, "/health answered 503", CHECK, grace=0, now=now)
        assert health.phase is Phase.STARTING
    assert observe(health, "/health answered 503", CHECK, grace=0, now=35).phase is Phase.UNHEALTHY


def test_a_grace_period_longer_than_the_start_period_wins() -> None:
    """The service's health check grace period delays the verdict."""
    health = observe(TaskHealth(started_at=0), "connect failed", CHECK, grace=60, now=60)
    assert health.phase is Phase.STARTING


def test_a_healthy_task_turns_unhealthy_after_its_retries() -> None:
    """Three failures in a row; a good probe in between starts the count anew."""
    health = observe(TaskHealth(started_at=0), None, CHECK, grace=0, now=0)
    for failure in ("bad", "bad", None, "bad", "bad"):
        health = observe(health, failure, CHECK, grace=0, now=1)
    assert health.phase is Phase.HEALTHY
    health = observe(health, "bad", CHECK, grace=0, now=1)
    assert (health.phase, health.detail) == (Phase.UNHEALTHY, "bad")
