"""The `decide` function: the one entry point, and the composition of everything behind it.

The handler never raises, and wherever anything fails its answer is a denial.

Environment: POLICY_TABLE and MYELIN_ENVIRONMENT; optionally POLICY_REFRESH_SECONDS, POLICY_STALENESS_SECONDS,
POLICY_CACHE_POLICIES (how many parsed policies are kept) and LOG_LEVEL.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.parser import parse
from botocore.config import Config
from botocore.session import get_session

from lambdas.governance.authorizer import Authorizer, broken
from lambdas.governance.model import Question
from lambdas.governance.skew import ClockCheck
from lambdas.governance.snapshot import Limits, SnapshotCache, SystemClock
from lambdas.governance.store import PolicyStore
from lambdas.governance.telemetry import logger, record, tracer

# a decision is worth waiting for only as long as its caller waits
_CLIENT = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2, "mode": "standard"})


Handler = Callable[[Any, Any], dict[str, Any]]


def entry(authorizer: Callable[[], Authorizer]) -> Handler:
    """Make a handler that answers whatever happens, also when there is no authorizer to ask."""

    @tracer.capture_lambda_handler(capture_response=False, capture_error=False)
    def traced(event: Any, context: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature of a handler
        started = time.perf_counter()
        answer = authorizer().answer(event)
        record(answer, latency_ms=(time.perf_counter() - started) * 1000)
        return answer.model_dump(mode="json")

    def handle(event: Any, context: Any) -> dict[str, Any]:
        """Answer one question; the event and the answer are those of docs/governance.md."""
        try:
            answer: dict[str, Any] = traced(event, context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 - a panic of the native policy engine is not an Exception
            denial = broken(event, at=datetime.now(UTC), new_id=_new_id)
            with suppress(Exception):
                logger.set_correlation_id(denial.correlation_id)
                logger.exception("the decision failed")
            return denial.model_dump(mode="json")
        return answer

    return handle


def compose(environ: Mapping[str, str], client: Any) -> Authorizer:
    """Build the authorizer from settings and a DynamoDB client. Raises KeyError or ValueError."""
    clock = SystemClock()
    defaults = Limits()
    limits = Limits(
        refresh_seconds=float(environ.get("POLICY_REFRESH_SECONDS", defaults.refresh_seconds)),
        staleness_seconds=float(environ.get("POLICY_STALENESS_SECONDS", defaults.staleness_seconds)),
        policies=int(environ.get("POLICY_CACHE_POLICIES", defaults.policies)),
    )
    skew = ClockCheck(clock.now)
    skew.watch(client)
    return Authorizer(
        cache=SnapshotCache(PolicyStore(client, environ["POLICY_TABLE"]), clock, limits),
        clock=clock,
        environment=environ["MYELIN_ENVIRONMENT"],
        parse=_question,
        new_id=_new_id,
        check_clock=skew.check,
    )


@cache
def _authorizer() -> Authorizer:
    client = get_session().create_client("dynamodb", region_name=os.environ.get("AWS_REGION"), config=_CLIENT)
    return compose(os.environ, client)


def _question(event: object) -> Question:
    """Validate an event. The parser would also take text and read it as JSON; a question is an object."""
    if not isinstance(event, dict):
        return Question.model_validate(event)
    return parse(event=event, model=Question)


def _new_id() -> str:
    return str(uuid.uuid4())


handler = entry(_authorizer)

if "POLICY_TABLE" in os.environ:
    # a function has a whole processor while it is initialised: make the client then, not at the first call
    with suppress(Exception):
        _authorizer()
