"""What conditions read of the context, and the values that they compare it with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.calls.rehearsing.context_reads import boundary_values, context_reads
from tests.support.governance.conditions import parts_when

BOUND = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ('context.tenant == "a"', [("tenant", "same", "a")]),
        ('"a" != context.tenant', [("tenant", "same", "a")]),
        ('context["tenant"] == "\\u{e9}\\"\\n"', [("tenant", "same", 'é"\n')]),
        ('context.tenant like "a*\\*"', [("tenant", "like", "a\ue000*")]),
        ('["a", "b"].contains(context.tenant)', [("tenant", "same", "a"), ("tenant", "same", "b")]),
        ('context.attributes.tags.contains("x")', [("attributes.tags", "part", "x")]),
        ("3 <= context.attributes.size", [("attributes.size", "order", 3)]),
        ("context.attributes.size > -7", [("attributes.size", "order", -7)]),
        ("context.attributes.open", [("attributes.open", "bare", None)]),
        ("context.attributes.open == false", [("attributes.open", "same", False)]),
        ("context has attributes.size", [("attributes", "has", None), ("attributes.size", "has", None)]),
        ("context.attributes has size", [("attributes", "has", None), ("attributes.size", "has", None)]),
        ('context.time < datetime("2026-02-01")', [("time", "order", BOUND)]),
        ('datetime("2026-02-01T00:00:00Z") <= context.time', [("time", "order", BOUND)]),
        ('context.time.toTime() > duration("9h30m")', [("time", "order", timedelta(hours=9, minutes=30))]),
        ('context.time.offset(duration("-1d")) < context.time', [("time", "order", timedelta(days=-1))]),
        ("principal == resource", []),
    ],
)
def test_a_field_is_found_with_the_literal_beside_it(term: str, expected: list[Any]) -> None:
    """On either side of an operator, in a set, as an argument; escapes mean what they mean in Cedar."""
    (found,) = parts_when(f"({term})").terms
    said = [(".".join(read.path), read.how, read.value) for read in context_reads(found.words)]
    assert [item for item in said if item[0]][: len(expected) or None] == expected


@pytest.mark.parametrize(
    ("term", "values"),
    [
        ('context.tenant like "a*"', ["a", "ax"]),
        ("context.attributes.size > 7", [6, 7, 8]),
        ("context.attributes.open == false", [False, True]),
        (
            'context.time < datetime("9999-12-31T23:59:59.999999")',
            [
                datetime.max.replace(tzinfo=UTC),
                datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1),
            ],
        ),
    ],
)
def test_values_on_both_sides_of_a_comparison_are_tried(term: str, values: list[Any]) -> None:
    """Also at the end of the calendar, where one side does not exist."""
    (found,) = parts_when(term).terms
    assert [value for read in context_reads(found.words) for value in boundary_values(read)] == values
