from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from lambdas.governance.decide import compose, entry
from lambdas.governance.skew import ClockCheck
from policies.calls.deciding.errors import ClockError
from policies.calls.versions.catalogue import Catalogue
from tests.support.governance.publishing import publish

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@dataclass
class Answer:
    """An HTTP answer as botocore hands it to its listeners."""

    headers: dict[str, str]
    status_code: int = 200


@dataclass
class Client:
    """A botocore client that can be listened to, and is its own `meta` and `events`."""

    heard: list[Callable[..., None]] = field(default_factory=list)

    @property
    def meta(self) -> Client:
        return self

    @property
    def events(self) -> Client:
        return self

    def register(self, event: str, listener: Callable[..., None]) -> None:
        self.heard.append(listener)

    def answer(self, **headers: str) -> None:
        for listener in self.heard:
            listener(http_response=Answer(headers), parsed={}, model=None, context={})


def checked(*answers: str | None) -> ClockCheck:
    """A check that saw answers with these dates."""
    check, client = ClockCheck(lambda: NOW), Client()
    check.watch(client)
    for date in answers:
        client.answer(**({} if date is None else {"date": date}))
    return check


def http_date(ahead: float) -> str:
    return format_datetime(NOW - timedelta(seconds=ahead), usegmt=True)


@pytest.mark.parametrize("ahead", [0, 1, 30, -30])
def test_a_clock_within_the_bound_is_believed(ahead: float) -> None:
    """30 s either way: an answer may have been under way for some time."""
    checked(http_date(ahead)).check()


@pytest.mark.parametrize(("ahead", "side"), [(31, "31 s ahead of"), (-3600, "3600 s behind")])
def test_a_clock_beyond_the_bound_is_named(ahead: float, side: str) -> None:
    """The error says by how much and to which side."""
    with pytest.raises(ClockError) as caught:
        checked(http_date(ahead)).check()
    assert caught.value.message == f"the function's clock is {side} AWS's, more than the 30 s allowed"


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Nov 2026 09:30:00 GMT"])
def test_an_answer_without_a_time_says_nothing(date: str | None) -> None:
    """What was known before still holds, whichever it was."""
    checked(http_date(0), date).check()
    with pytest.raises(ClockError):
        checked(http_date(3600), date).check()


def test_the_last_answer_counts() -> None:
    """A clock that was set right is believed again."""
    checked(http_date(3600), http_date(0)).check()


def test_the_composed_function_denies_by_a_skewed_clock(dynamodb: Any, policy: Any) -> None:
    """Errors and answers of DynamoDB alike are looked at; the code says what it is. GOV-1"""
    publish("policies", policy.sources(policy("yes")), Catalogue(services=("axon", "orbit")), dynamodb)
    unhurried = {"POLICY_REFRESH_SECONDS": "60", "POLICY_STALENESS_SECONDS": "60"}
    settings = {"POLICY_TABLE": "policies", "MYELIN_ENVIRONMENT": "dev", **unhurried}
    function = compose(settings, dynamodb)
    handler = entry(lambda: function)
    asked = {"service": "orbit", "intent": "reason", "target": "axon"}
    assert handler(asked, None)["reason_code"] == "permitted"
    late = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    dynamodb.meta.events.emit(
        "after-call.dynamodb.GetItem", http_response=Answer({"date": late}), parsed={}, model=None, context={}
    )
    answer = handler(asked, None)
    assert (answer["allowed"], answer["reason_code"]) == (False, "clock_skewed")
    assert answer["policies"] == []
