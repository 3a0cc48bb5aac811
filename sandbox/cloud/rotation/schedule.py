"""When a secret is rotated: `cron()` and `rate()` expressions and numbers of days.

As Secrets Manager has them:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
Times are UTC. A rotation begins with its window; how long the window is (`Duration`) plays no part here.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.cloud.rotation.errors import ScheduleError

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_WEEKDAYS = {name: number for number, name in enumerate(_WEEKDAY_NAMES, 1)}
_RATE = re.compile(r"rate\((?P<number>[1-9]\d{0,3}) (?P<unit>hour|day)s?\)")
_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")
_LONGEST_DAYS = 4 * 366
"""How far ahead to look for a day: the 29th of February comes within four years."""

IsDay = Callable[[date], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationSchedule:
    """Either every so long after the last rotation, or in certain hours of certain days."""

    every: timedelta | None = None
    hours: tuple[int, ...] = ()
    is_day: IsDay = lambda _: False

    def next_after(self, moment: datetime) -> datetime:
        """The first rotation after a moment; for `rate()`, that of the last rotation."""
        if self.every is not None:
            return moment + self.every
        begin = moment.astimezone(UTC)
        for ahead in range(_LONGEST_DAYS + 1):
            day = begin.date() + timedelta(days=ahead)
            if not self.is_day(day):
                continue
            for hour in self.hours:
                found = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
                if found > begin:
                    return found
        raise ScheduleError("the schedule has no day on which it would ever rotate")


def read_rules(rules: Mapping[str, Any]) -> RotationSchedule | None:
    """The schedule of RotationRules; None without one. Raises ScheduleError."""
    expression, days = rules.get("ScheduleExpression"), rules.get("AutomaticallyAfterDays")
    if expression and days:
        raise ScheduleError("give either ScheduleExpression or AutomaticallyAfterDays, not both")
    if expression:
        return read_expression(str(expression))
    return RotationSchedule(every=timedelta(days=int(days))) if days else None


def read_expression(text: str) -> RotationSchedule:
    """The schedule that an expression is. Raises ScheduleError."""
    rate = _RATE.fullmatch(text)
    if rate:
        every = timedelta(**{f"{rate['unit']}s": int(rate["number"])})
        if every < timedelta(hours=4) or every > timedelta(days=999):
            raise ScheduleError("a rate is from 4 hours to 999 days")
        return RotationSchedule(every=every)
    cron = _CRON.fullmatch(text)
    fields = cron["fields"].split() if cron else []
    if len(fields) != 6:
        raise ScheduleError(
            f"`{text}` is neither `rate(N days)` nor `cron()` with six fields",
            hint="as `cron(0 4 1 * ? *)`: minutes, hours, day of month, month, day of week, year",
        )
    minutes, hours, days, months, weekdays, years = (field.upper() for field in fields)
    if minutes != "0" or years != "*":
        raise ScheduleError("minutes have to be 0, and the year `*`")
    if (days == "?") == (weekdays == "?"):
        raise ScheduleError("one of day of month and day of week has to be `?`, and the other one not")
    in_month = frozenset(_values(months, 1, 12, _MONTHS))
    is_day = _weekday(weekdays) if days == "?" else _day_of_month(days)
    schedule = RotationSchedule(
        hours=tuple(sorted(_values(hours, 0, 23))), is_day=lambda day: day.month in in_month and is_day(day)
    )
    schedule.next_after(datetime(2024, 1, 1, tzinfo=UTC))
    return schedule


def _day_of_month(text: str) -> IsDay:
    if text == "L":
        return lambda day: day.day == calendar.monthrange(day.year, day.month)[1]
    days = frozenset(_values(text, 1, 31))
    return lambda day: day.day in days


def _weekday(text: str) -> IsDay:
    """Of Secrets Manager's week, which begins on Sunday with 1."""
    nth = re.fullmatch(r"(?P<day>\w+)#(?P<week>[1-5])", text)
    if nth:
        (wanted,) = _values(nth["day"], 1, 7, _WEEKDAYS)
        return lambda day: _number(day) == wanted and (day.day - 1) // 7 + 1 == int(nth["week"])
    last = re.fullmatch(r"(?P<day>\w+)L", text)
    if last:
        (wanted,) = _values(last["day"], 1, 7, _WEEKDAYS)
        return lambda day: _number(day) == wanted and (day + timedelta(days=7)).month != day.month
    wanted_days = frozenset(_values(text, 1, 7, _WEEKDAYS))
    return lambda day: _number(day) in wanted_days


def _number(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _values(text: str, least: int, most: int, names: Mapping[str, int] | None = None) -> set[int]:
    """What a field names: `*`, numbers or names, ranges, steps, and lists of those."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = least, most
        else:
            begin = _value(first, least, most, names)
            end = _value(last, least, most, names) if dash else (most if step else begin)
        width = _value(step, 1, most) if step else 1
        if end < begin:
            raise ScheduleError(f"`{part}` ends before it begins")
        found |= set(range(begin, end + 1, width))
    return found


def _value(text: str, least: int, most: int, names: Mapping[str, int] | None = None) -> int:
    named = (names or {}).get(text)
    if named is not None:
        return named
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    raise ScheduleError(f"`{text}` is no number from {least} to {most}")
