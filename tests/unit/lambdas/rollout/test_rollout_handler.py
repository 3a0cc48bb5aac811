"""What ECS is told. DEL-4."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.rollout import handler as module
from lambdas.rollout.errors import RolloutError
from lambdas.rollout.handler import answer
from lambdas.rollout.smoke import SmokeAnswer


class Tasks:
    """Two tasks of whatever is asked for."""

    def authorities(self, *_: object) -> tuple[str, ...]:
        return ("10.0.0.1:8081", "10.0.0.2:8081")


class NoTasks:
    """None of them."""

    def authorities(self, *_: object) -> tuple[str, ...]:
        raise RolloutError("no task runs")


def event(**details: Any) -> dict[str, Any]:
    return {
        "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
        "executionDetails": {"serviceArn": "s", "targetServiceRevisionArn": "r"},
        "hookDetails": {"service": "axon", **details},
    }


def told(event: object, *, status: int = 200, tasks: Any = Tasks) -> tuple[dict[str, str], list[str]]:
    asked: list[str] = []

    def ask(url: str) -> SmokeAnswer:
        asked.append(url)
        return SmokeAnswer(url=url, status=status)

    said = answer(event, tasks=tasks, seconds_left=lambda: 100.0, ask=ask, pause=lambda _: None)
    return said, sorted(set(asked))


def test_through_the_test_listener() -> None:
    """Each path of the declaration at the listener's address; ECS is not asked for tasks."""
    said, asked = told(event(paths=["/a", "/b"], url="http://lb:8080/"), tasks=None)
    assert (said, asked) == ({"hookStatus": "SUCCEEDED"}, ["http://lb:8080/a", "http://lb:8080/b"])


def test_each_task_at_its_address() -> None:
    """Every path of every task of the revision."""
    said, asked = told(event(paths=["/health"], port=8081))
    assert said == {"hookStatus": "SUCCEEDED"}
    assert asked == ["http://10.0.0.1:8081/health", "http://10.0.0.2:8081/health"]


def test_a_release_that_does_not_answer_well_is_rolled_back() -> None:
    """ECS's word for it is FAILED."""
    assert told(event(paths=["/health"], port=8081), status=500)[0] == {"hookStatus": "FAILED"}


@pytest.mark.parametrize("broken", [None, {}, event(paths=[], port=1)])
def test_what_cannot_be_tested_is_rolled_back(broken: object) -> None:
    """Nothing was proven."""
    assert told(broken) == ({"hookStatus": "FAILED"}, [])


def test_no_task_is_a_failure() -> None:
    """Nothing ran that could have been asked."""
    assert told(event(paths=["/"], port=1), tasks=NoTasks) == ({"hookStatus": "FAILED"}, [])


def test_the_entry_point_keeps_time_for_its_answer() -> None:
    """With no more than the reserve left, it says that nothing was asked."""

    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return int(module.RESERVE_SECONDS * 1000)

    said = module.handler(event(paths=["/"], url="http://lb:8080"), Context())
    assert said == {"hookStatus": "FAILED"}
