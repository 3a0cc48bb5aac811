"""Services and runtimes that have ended, on the days around their end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN
from policies.resources.guardrails.rules.lifecycle import (
    ENDED_RUNTIME,
    ENDED_SERVICE,
    ENDINGS,
    RUNTIMES,
    Ending,
)
from policies.resources.guardrails.subject import Attributes, NotKnownError, Subject, camel
from policies.resources.terraform.schema import provider_schema

DAY = timedelta(days=1)


def judged(rule: Any, kind: str, today: date, **values: Any) -> str | None:
    found: str | None = rule.judge(
        Subject(kind=kind, attributes=Attributes(values, camel), taggable=True, today=today)
    )
    return found


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda one: one.service)
def test_a_service_fails_from_its_day_on(ending: Ending) -> None:
    """Every type of it passes the day before, fails on the day and ever after, and is shown a way on."""
    kinds = [kind for kind in provider_schema().types if kind.startswith(ending.prefix)]
    assert kinds
    for kind in kinds:
        assert judged(ENDED_SERVICE, kind, ending.on - DAY) is None
        for today in (ending.on, ending.on + DAY, date(2100, 1, 1)):
            fault = judged(ENDED_SERVICE, kind, today)
            assert fault is not None
            assert all(word in fault for word in (ending.service, str(ending.on), ending.instead))


@pytest.mark.parametrize("kind", ["aws_appmesh", "aws_media_convert_queue", "aws_lambda_function"])
def test_services_that_are_called_alike_go_on(kind: str) -> None:
    """A name that only resembles that of an ended service is another one."""
    assert judged(ENDED_SERVICE, kind, date(2100, 1, 1)) is None


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_a_runtime_fails_after_its_last_day(runtime: str) -> None:
    """On its last day it is still supported, and on the next it is not."""
    end = RUNTIMES[runtime]
    assert judged(ENDED_RUNTIME, "aws_lambda_function", end, runtime=runtime) is None
    fault = judged(ENDED_RUNTIME, "aws_lambda_function", end + DAY, runtime=runtime)
    assert fault == f"Lambda's runtime `{runtime}` ended on {end}"


@pytest.mark.parametrize(
    "values", [{}, {"runtime": None}, {"runtime": ""}, {"runtime": "python3.99"}, {"runtime": "Python3.6"}]
)
def test_a_runtime_without_a_date_passes(values: Any) -> None:
    """An image has no runtime, and one that is newer than the list, or that AWS does not know, has no end."""
    assert judged(ENDED_RUNTIME, "aws_lambda_function", date(2100, 1, 1), **values) is None


def test_a_runtime_that_is_not_known_is_not_judged() -> None:
    """It may be one that has ended."""
    with pytest.raises(NotKnownError, match="`runtime`"):
        judged(ENDED_RUNTIME, "aws_lambda_function", date(2100, 1, 1), runtime=UNKNOWN)
