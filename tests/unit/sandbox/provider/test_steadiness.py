from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.provider.errors import NotSteadyError
from sandbox.provider.steadiness import is_steady, primary_deployment, same_definition

ROOT = "arn:aws:ecs:us-east-1:123456789012:task-definition/"


def _service(
    *deployments: dict[str, Any], definition: str = "f:2", running: int = 2, **more: Any
) -> dict[str, Any]:
    return {
        "taskDefinition": ROOT + definition,
        "desiredCount": 2,
        "runningCount": running,
        "deployments": list(deployments),
        **more,
    }


def _deployment(number: int, status: str, rollout: str, definition: str = "f:2") -> dict[str, Any]:
    return {
        "id": f"ecs-svc/{number}",
        "status": status,
        "rolloutState": rollout,
        "taskDefinition": ROOT + definition,
        "rolloutStateReason": f"{rollout} {number}",
    }


def _steady(service: dict[str, Any], deployment: str | None = "ecs-svc/2") -> bool:
    return is_steady(service, name="axon", definition="f:2", deployment=deployment)


def test_done_and_all_running_is_steady() -> None:
    """The deployment that was begun is primary and completed, and as many tasks run as are wanted."""
    assert _steady(_service(_deployment(2, "PRIMARY", "COMPLETED")))
    assert _steady(_service(_deployment(2, "PRIMARY", "COMPLETED")), deployment=None)


@pytest.mark.parametrize(
    "service",
    [
        _service(_deployment(2, "PRIMARY", "IN_PROGRESS")),
        _service(_deployment(2, "PRIMARY", "COMPLETED"), running=1),
        _service(_deployment(1, "PRIMARY", "COMPLETED", "f:1")),
        _service(_deployment(2, "ACTIVE", "COMPLETED"), _deployment(3, "PRIMARY", "IN_PROGRESS")),
        _service(),
    ],
)
def test_anything_less_is_not(service: dict[str, Any]) -> None:
    """Tasks missing, a rollout under way, a scheduler that has not looked yet: not steady, no failure."""
    assert not _steady(service)


def test_own_failure_is_an_error() -> None:
    """A deployment that failed says why, wherever it stands by now."""
    with pytest.raises(NotSteadyError, match="the deployment of `axon` failed: FAILED 2") as caught:
        _steady(_service(_deployment(3, "PRIMARY", "IN_PROGRESS", "f:1"), _deployment(2, "ACTIVE", "FAILED")))
    assert not caught.value.timed_out


def test_an_earlier_failure_is_none() -> None:
    """A deployment of the same definition that failed in an earlier attempt does not count."""
    assert _steady(_service(_deployment(2, "PRIMARY", "COMPLETED"), _deployment(1, "INACTIVE", "FAILED")))


def test_another_definition_is_a_rollback() -> None:
    """A service that is back on another definition was rolled back; the deployment that did it says why.

    Where that says nothing, the service's latest event does.
    """
    back = _service(_deployment(3, "PRIMARY", "COMPLETED", "f:1"), definition="f:1")
    with pytest.raises(NotSteadyError, match="was rolled back to f:1: COMPLETED 3"):
        _steady(back)
    with pytest.raises(NotSteadyError, match="was rolled back to f:1: tasks failed"):
        _steady({**back, "deployments": [], "events": [{"message": "tasks failed"}]})
    with pytest.raises(NotSteadyError, match="was rolled back to f:1: it runs arn:"):
        _steady({**back, "deployments": []})


@pytest.mark.parametrize("how", ["tasks failed to start", "rolling back to f:1", "rolled back to f:1"])
def test_a_rollback_is_told_alike_whenever_it_is_seen(how: str) -> None:
    """While it goes on and after it, the words are the same, and so is the code."""
    failed = {"rolloutStateReason": f"ECS deployment circuit breaker: {how}: f:2 failed 3 times"}
    back = _service(_deployment(3, "PRIMARY", "IN_PROGRESS", "f:1") | failed, definition="f:1")
    with pytest.raises(NotSteadyError) as caught:
        _steady(back)
    assert caught.value.code == "RolledBack"
    assert caught.value.detail == "the deployment of `axon` was rolled back to f:1: f:2 failed 3 times"


def test_primary_deployment_is_the_one_served() -> None:
    """The primary deployment is found by its status, not its place."""
    service = _service(_deployment(1, "ACTIVE", "COMPLETED"), _deployment(2, "PRIMARY", "COMPLETED"))
    assert primary_deployment(service) == "ecs-svc/2"
    assert primary_deployment({}) is None


@given(st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), st.integers(1, 999))
def test_a_definition_is_known_by_each_of_its_names(family: str, revision: int) -> None:
    """ARN, `family:revision` and family name the same definition; another revision is another one."""
    arn = f"{ROOT}{family}:{revision}"
    assert all(same_definition(arn, name) for name in (arn, f"{family}:{revision}", family))
    assert not same_definition(arn, f"{family}:{revision + 1}")


@pytest.mark.parametrize("begun", [[], [_deployment(2, "ACTIVE", "FAILED")]])
def test_a_way_back_to_the_same_task_definition_is_a_rollback_too(begun: list[dict[str, Any]]) -> None:
    """DEL-4: a forced deployment that shifts traffic and fails leaves the definition as it was."""
    back = {
        **_deployment(1, "PRIMARY", "COMPLETED"),
        "rolloutStateReason": "rolled back to f:2: a hook failed",
    }
    with pytest.raises(NotSteadyError, match="was rolled back: rolled back to f:2: a hook failed") as caught:
        _steady(_service(back, *begun))
    assert caught.value.code == "RolledBack"
