from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.calls.language.cases import NOON
from policies.calls.language.policy_parts import read_parts
from policies.calls.rehearsing.context_reads import boundary_values, context_reads
from policies.calls.rehearsing.sample_inputs import MAX_INPUTS, sample_inputs

BOUND = datetime(2026, 2, 1, tzinfo=UTC)


def parts(condition: str) -> Any:
    (found,) = read_parts(
        [f'@id("p") @reason("r") permit (principal, action, resource) when {{ {condition} }};']
    )
    return found


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
    (found,) = parts(f"({term})").terms
    said = [(".".join(mention.path), mention.how, mention.value) for mention in context_reads(found.words)]
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
    (found,) = parts(term).terms
    assert [value for mention in context_reads(found.words) for value in boundary_values(mention)] == values


def test_without_conditions_there_is_one_situation() -> None:
    """The plainest: no tenant, no context, the first environment, noon."""
    (found,), complete = sample_inputs([parts("true")], environments=("prod", "dev"), at=NOON)
    assert complete
    assert found.event("a", "b", None) == {"service": "a", "intent": "b"}
    assert (found.environment, found.at, found.fields) == ("prod", NOON, ())


def test_every_combination_is_tried_while_there_are_few() -> None:
    """Absent, each value compared with, and another one; in every environment."""
    found, complete = sample_inputs(
        [parts('context has tenant && context.tenant == "a" && context.environment == "dev"')],
        environments=("prod", "dev"),
        at=NOON,
    )
    assert complete
    assert {(item.tenant, item.environment) for item in found} == {
        (tenant, environment) for tenant in (None, "a", "other") for environment in ("prod", "dev")
    }
    assert found[0].fields == ()
    assert found[-1].fields == ('environment = "dev"', 'tenant = "other"')


def test_inner_fields_come_with_their_outer_ones() -> None:
    """A context may be absent, empty, or hold the field."""
    found, _ = sample_inputs(
        [parts("context has attributes && context.attributes has size && context.attributes.size > 1")],
        environments=("dev",),
        at=NOON,
    )
    contexts = [item.context for item in found]
    assert None in contexts
    assert {} in contexts
    assert {"size": 2} in contexts


def test_too_many_combinations_are_sampled_and_said_so() -> None:
    """Each field alone and those of one policy together stay; the number is bounded."""
    fields = [f'context.attributes.f{index} == "{index}"' for index in range(9)]
    many = [parts(field) for field in fields]
    found, complete = sample_inputs(many, environments=("dev",), at=NOON)
    assert not complete
    assert len(found) <= MAX_INPUTS
    contexts = [item.context for item in found]
    assert all({f"f{index}": str(index)} in contexts for index in range(9))
