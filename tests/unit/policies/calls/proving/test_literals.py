"""Cedar's literals as whole numbers."""

from __future__ import annotations

import pytest

from policies.calls.proving import literals
from policies.calls.proving.literals import DAY
from policies.calls.proving.not_understood import NotUnderstoodError

READ = {
    "datetime": literals.parse_datetime,
    "duration": literals.parse_duration,
    "decimal": literals.parse_decimal,
}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("datetime", "1970-01-02", DAY),
        ("datetime", "1970-01-01T00:00:01Z", 1000),
        ("datetime", "1969-12-31T23:59:59.999Z", -1),
        ("datetime", "1970-01-01T01:00:00+0100", 0),
        ("datetime", "1970-01-01T00:00:00.001-2359", DAY - 60_000 + 1),
        ("duration", "1d2h3m4s5ms", DAY + 2 * 3_600_000 + 3 * 60_000 + 4005),
        ("duration", "-1m1ms", -60_001),
        ("decimal", "-0.5", -5000),
        ("decimal", "922337203685477.5807", 2**63 - 1),
    ],
)
def test_a_literal_is_a_number(kind: str, text: str, value: int) -> None:
    """Milliseconds since 1970, milliseconds, ten-thousandths; Cedar takes the same text."""
    assert READ[kind](text) == value
    assert not literals.is_malformed(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("datetime", "soon"),
        ("datetime", "2024-02-30"),
        ("datetime", "2024-01-01T24:00:00Z"),
        ("datetime", "2024-01-01T00:00:00+0060"),
        ("datetime", "2024-01-01T00:00:00.1Z"),
        ("duration", ""),
        ("duration", "1h1d"),
        ("duration", "9223372036854775808ms"),
        ("decimal", "1"),
        ("decimal", "1.00001"),
        ("decimal", "922337203685477.5808"),
    ],
)
def test_a_literal_that_is_not_read_fails_in_cedar_too(kind: str, text: str) -> None:
    """So the condition is known to fail."""
    with pytest.raises(NotUnderstoodError):
        READ[kind](text)
    assert literals.is_malformed(kind, text)


def test_a_literal_that_cedar_knows_and_this_does_not_is_not_understood() -> None:
    """The year 0, which Python has not."""
    with pytest.raises(NotUnderstoodError):
        literals.parse_datetime("0000-01-01")
    assert not literals.is_malformed("datetime", "0000-01-01")


def test_numbers_are_shown_as_cedar_reads_them() -> None:
    """There and back again."""
    for value in (0, -1, 123_456_789, -DAY):
        assert literals.parse_datetime(literals.show_datetime(value)) == value
        assert literals.parse_duration(literals.show_duration(value)) == value
        assert literals.parse_decimal(literals.show_decimal(value)) == value
