"""What a hook's function may return, and what counts of it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.ecs.deployment_settings import HookStage, LifecycleHook
from sandbox.cloud.scheduler.machine.hook_runs import (
    HookAnswer,
    HookStatus,
    answer,
    begin_hooks,
    due_calls,
    read_answer,
)


@pytest.mark.parametrize(
    ("returned", "status"),
    [
        ({"hookStatus": "SUCCEEDED"}, HookStatus.SUCCEEDED),
        ({"hookStatus": "FAILED"}, HookStatus.FAILED),
        ({"hookStatus": "IN_PROGRESS"}, HookStatus.IN_PROGRESS),
        ({"hookStatus": "AWAITING_ACTION"}, HookStatus.FAILED),
        ({"hookStatus": ["SUCCEEDED"]}, HookStatus.FAILED),
        ({}, HookStatus.FAILED),
        ("SUCCEEDED", HookStatus.FAILED),
        (None, HookStatus.FAILED),
    ],
)
def test_only_a_valid_hook_status_is_an_answer(returned: Any, status: HookStatus) -> None:
    """Anything else is a failure, with a reason."""
    given = read_answer(returned, failed=False)
    assert given.status is status
    assert bool(given.reason) is (status is HookStatus.FAILED)


def test_an_exception_is_a_failure_whatever_it_says() -> None:
    """Its message is the reason."""
    given = read_answer({"errorMessage": "no route", "hookStatus": "SUCCEEDED"}, failed=True)
    assert given == HookAnswer(status=HookStatus.FAILED, reason="the function failed: no route")


@pytest.mark.parametrize(
    ("delay", "seconds"), [(60, 60), (0.5, 0.5), (0, 0), (None, 30), ("60", 30), (-1, 30), (True, 30)]
)
def test_the_delay_is_a_number_of_seconds_or_the_default(delay: Any, seconds: float) -> None:
    """30 seconds where none is asked for, or what is asked for is no delay."""
    given = read_answer({"hookStatus": "IN_PROGRESS", "callBackDelay": delay}, failed=False)
    assert given.call_again == seconds


def test_an_answer_counts_once_and_only_while_it_is_waited_for() -> None:
    """One before the call, and a second one after the end, change nothing."""
    done = HookAnswer(status=HookStatus.SUCCEEDED)
    stage = HookStage.POST_SCALE_UP
    (waiting,) = begin_hooks([LifecycleHook(target_arn="arn")], stage, lambda _: "1", 0)
    assert answer(waiting, done, 0) == waiting
    _, (called,) = due_calls((waiting,), 0)
    assert due_calls((called,), 100) == ((called,), ())
    succeeded = answer(called, done, 0)
    assert succeeded.status is HookStatus.SUCCEEDED
    assert answer(succeeded, HookAnswer(status=HookStatus.FAILED), 0) == succeeded
