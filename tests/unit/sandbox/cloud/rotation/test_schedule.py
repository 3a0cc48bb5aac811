"""When secrets are rotated: the expressions that Secrets Manager takes. SEC-2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.secrets.grant_keys import SCHEDULE
from components.secrets.schedule import monthly
from sandbox.cloud.rotation.errors import ScheduleError
from sandbox.cloud.rotation.schedule import read_expression, read_rules

SATURDAY = datetime(2026, 11, 28, 3, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 4 1 * ? *)", "2026-12-01T04"),
        ("cron(0 4 28 * ? *)", "2026-11-28T04"),
        ("cron(0 3 28 * ? *)", "2026-12-28T03"),
        ("cron(0 8/8 * * ? *)", "2026-11-28T08"),
        ("cron(0 /6 * * ? *)", ScheduleError),
        ("cron(0 0 L * ? *)", "2026-11-30T00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00"),
        ("cron(0 0 1 JAN,JUL ? *)", "2027-01-01T00"),
        ("cron(0 0 1 1/3 ? *)", "2027-01-01T00"),
        ("cron(0 1 ? * SUN#1 *)", "2026-12-06T01"),
        ("cron(0 1 ? * 7L *)", "2026-12-26T01"),
        ("cron(0 2-5 ? * SAT *)", "2026-11-28T04"),
        ("cron(0 16 ? * MON-FRI *)", "2026-11-30T16"),
        ("rate(10 days)", "2026-12-08T03"),
        ("rate(4 hours)", "2026-11-28T07"),
    ],
)
def test_the_next_rotation(expression: str, expected: str | type[Exception]) -> None:
    """The first moment after this one on which the expression holds; weeks begin on Sunday with 1."""
    if not isinstance(expected, str):
        with pytest.raises(expected):
            read_expression(expression)
        return
    found = read_expression(expression).next_after(SATURDAY)
    assert found.isoformat().startswith(expected)
    assert found > SATURDAY


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 4 1 * ? *", "neither"),
        ("cron(0 4 1 * ?)", "six fields"),
        ("cron(5 4 1 * ? *)", "minutes have to be 0"),
        ("cron(0 4 1 * ? 2027)", "year"),
        ("cron(0 4 1 * MON *)", "has to be `\\?`"),
        ("cron(0 4 ? * ? *)", "has to be `\\?`"),
        ("cron(0 24 1 * ? *)", "no number from 0 to 23"),
        ("cron(0 4 32 * ? *)", "no number from 1 to 31"),
        ("cron(0 4 30 2 ? *)", "no day"),
        ("cron(0 9-3 1 * ? *)", "ends before it begins"),
        ("cron(0 4 1W * ? *)", "no number"),
        ("rate(1 hour)", "4 hours"),
        ("rate(2 weeks)", "neither"),
    ],
)
def test_what_aws_does_not_take_is_refused(expression: str, said: str) -> None:
    """A schedule that would never come, or not as it reads, is an error where it is set."""
    with pytest.raises(ScheduleError, match=said):
        read_expression(expression)


def test_rules_are_an_expression_or_a_number_of_days() -> None:
    """Never both; none of them is no schedule."""
    assert read_rules({}) is None
    schedule = read_rules({"AutomaticallyAfterDays": 30, "Duration": "3h"})
    assert schedule is not None
    assert schedule.next_after(SATURDAY) == SATURDAY + timedelta(days=30)
    with pytest.raises(ScheduleError, match="not both"):
        read_rules({"AutomaticallyAfterDays": 30, "ScheduleExpression": "rate(4 days)"})


@given(name=st.text(min_size=1), moment=st.datetimes(datetime(2024, 1, 1), datetime(2100, 1, 1)))
def test_the_schedules_that_we_deploy_come_every_month(name: str, moment: datetime) -> None:
    """Whatever a secret is called: at the latest after 31 days, and on the hour."""
    for expression in (monthly(name), SCHEDULE):
        begin = moment.replace(tzinfo=UTC)
        found = read_expression(expression).next_after(begin)
        assert timedelta(0) < found - begin <= timedelta(days=31)
        assert (found.minute, found.second) == (0, 0)
