"""The `rollout` function: the entry point, and the composition of everything behind it.

ECS calls it at a stage of a deployment, and rolls back unless it answers that the new release works. What it
has to ask comes with each call (`hookDetails`), so it is one function for all services.
Environment: LOG_LEVEL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.session import get_session

from lambdas.rollout.asking import ask
from lambdas.rollout.errors import RolloutError
from lambdas.rollout.hook_event import HookEvent, read_event
from lambdas.rollout.smoke import SmokeAnswer, SmokeVerdict, run_smoke_test
from lambdas.rollout.tasks import RevisionTasks

RESERVE_SECONDS = 5.0
"""What is kept of the function's time for its answer."""

logger = Logger(service="rollout", level=os.environ.get("LOG_LEVEL", "INFO"))


def addresses(event: HookEvent, tasks: Callable[[], RevisionTasks]) -> tuple[str, ...]:
    """Every address to ask. Raises RolloutError."""
    test = event.test
    if test.url is not None:
        return tuple(f"{test.url.rstrip('/')}{path}" for path in test.paths)
    assert test.port is not None  # noqa: S101 - read_event takes one of both
    found = tasks().authorities(event.service_arn, event.revision_arn, test.port)
    return tuple(f"http://{authority}{path}" for authority in found for path in test.paths)


def answer(
    event: object,
    *,
    tasks: Callable[[], RevisionTasks],
    seconds_left: Callable[[], float],
    ask: Callable[[str], SmokeAnswer] = ask,
    pause: Callable[[float], object] = time.sleep,
) -> dict[str, str]:
    """What ECS is told. Anything that keeps the test from being made is a failure of it."""
    try:
        read = read_event(event)
        verdict: SmokeVerdict = run_smoke_test(addresses(read, tasks), ask, pause, seconds_left)
    except RolloutError as error:
        logger.error("not tested", reason=error.message, hint=error.hint)  # noqa: TRY400 - no trace: it is foreseen
        return {"hookStatus": "FAILED"}
    said = {"deployed": read.test.service, "stage": read.stage, "revision": read.revision_arn}
    if verdict.reason:
        logger.error("smoke test failed", extra={**said, "reason": verdict.reason})
    else:
        logger.info("smoke test passed", extra={**said, "asked": list(verdict.asked)})
    return {"hookStatus": verdict.hook_status}


@cache
def _tasks() -> RevisionTasks:
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    client = get_session().create_client("ecs", region_name=os.environ.get("AWS_REGION"), config=config)
    return RevisionTasks(client)


def handler(event: Any, context: Any) -> dict[str, str]:
    """Test the revision that an event is about."""

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000 - RESERVE_SECONDS

    return answer(event, tasks=_tasks, seconds_left=seconds_left)
