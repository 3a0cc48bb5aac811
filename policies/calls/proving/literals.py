"""Cedar's literals of time, span and decimal number: from text to whole numbers, and back.

The forms: https://docs.cedarpolicy.com/policies/syntax-datatypes.html. A datetime counts milliseconds since
1970, a duration milliseconds, a decimal ten-thousandths. What does not have the exact form is not understood
here; Cedar's own parser says whether it is an error.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import cedarpy

from policies.calls.proving.not_understood import NotUnderstoodError

LONG = range(-(2**63), 2**63)
DAY = 86_400_000
_MINUTES = 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"d": DAY, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DURATION = re.compile(r"(-?)(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?", re.ASCII)
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d{3})?(?:Z|([+-])(\d\d)(\d\d)))?", re.ASCII)
_DECIMAL = re.compile(r"(-?)(\d+)\.(\d{1,4})", re.ASCII)


def parse_datetime(text: str) -> int:
    """Milliseconds since 1970. Raises NotUnderstoodError."""
    found = _DATETIME.fullmatch(text)
    if found is None:
        raise NotUnderstoodError(f'datetime("{text}")')
    day, clock, fraction, sign, hours, minutes = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{fraction or ''}")
        behind = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        zone = timezone(-behind if sign == "-" else behind)
    except ValueError as error:
        raise NotUnderstoodError(f'datetime("{text}")') from error
    if int(minutes or 0) >= _MINUTES:
        raise NotUnderstoodError(f'datetime("{text}")')
    since = moment.replace(tzinfo=UTC) - EPOCH
    offset = zone.utcoffset(None)
    return (since - offset) // timedelta(milliseconds=1)


def parse_duration(text: str) -> int:
    """Milliseconds. Raises NotUnderstoodError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise NotUnderstoodError(f'duration("{text}")')
    total = sum(
        int(count or 0) * unit for count, unit in zip(found.groups()[1:], _UNITS.values(), strict=True)
    )
    return _within(-total if found[1] else total, f'duration("{text}")')


def parse_decimal(text: str) -> int:
    """Ten-thousandths. Raises NotUnderstoodError."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise NotUnderstoodError(f'decimal("{text}")')
    total = int(found[2]) * 10_000 + int(found[3].ljust(4, "0"))
    return _within(-total if found[1] else total, f'decimal("{text}")')


def is_malformed(function: str, text: str) -> bool:
    """Whether Cedar fails on this literal; asked for those forms that are not read here."""
    condition = f"{function}({json.dumps(text)}) == {function}({json.dumps(text)})"
    found = cedarpy.is_authorized(
        {"principal": 'A::"a"', "action": 'Action::"a"', "resource": 'A::"a"', "context": {}},
        f"permit (principal, action, resource) when {{ {condition} }};",
        [],
    )
    return bool(found.diagnostics.errors)


def show_datetime(milliseconds: int) -> str:
    """In the form that Cedar reads."""
    return moment_of(milliseconds).isoformat(timespec="milliseconds")[:23] + "Z"


def show_duration(milliseconds: int) -> str:
    """In the form that Cedar reads."""
    return f"{milliseconds}ms"


def show_decimal(parts: int) -> str:
    """In the form that Cedar reads."""
    whole, rest = divmod(abs(parts), 10_000)
    return f"{'-' if parts < 0 else ''}{whole}.{rest:04}"


def moment_of(milliseconds: int) -> datetime:
    """The time that a number of milliseconds since 1970 stands for. Raises OverflowError."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds_of(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _within(value: int, text: str) -> int:
    if value not in LONG:
        raise NotUnderstoodError(text)
    return value
