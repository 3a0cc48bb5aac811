"""The inputs that are tried of a question."""

from __future__ import annotations

from policies.calls.language.cases import NOON
from policies.calls.rehearsing.sample_inputs import MAX_INPUTS, sample_inputs
from tests.support.governance.conditions import parts_when


def test_without_conditions_there_is_one_input() -> None:
    """The plainest: no tenant, no context, the first environment, noon."""
    (found,) = sample_inputs([parts_when("true")], environments=("prod", "dev"), at=NOON)
    assert found.event("a", "b", None) == {"service": "a", "intent": "b"}
    assert (found.environment, found.at, found.fields) == ("prod", NOON, ())


def test_every_combination_is_tried_while_there_are_few() -> None:
    """Absent, each value compared with, and another one; in every environment."""
    found = sample_inputs(
        [parts_when('context has tenant && context.tenant == "a" && context.environment == "dev"')],
        environments=("prod", "dev"),
        at=NOON,
    )
    assert {(item.tenant, item.environment) for item in found} == {
        (tenant, environment) for tenant in (None, "a", "other") for environment in ("prod", "dev")
    }
    assert found[0].fields == ()
    assert found[-1].fields == ('environment = "dev"', 'tenant = "other"')


def test_inner_fields_come_with_their_outer_ones() -> None:
    """A context may be absent, empty, or hold the field."""
    found = sample_inputs(
        [parts_when("context has attributes && context.attributes has size && context.attributes.size > 1")],
        environments=("dev",),
        at=NOON,
    )
    contexts = [item.context for item in found]
    assert None in contexts
    assert {} in contexts
    assert {"size": 2} in contexts


def test_too_many_combinations_are_sampled() -> None:
    """Each field alone and those of one policy together stay; the number is bounded."""
    fields = [f'context.attributes.f{index} == "{index}"' for index in range(9)]
    many = [parts_when(field) for field in fields]
    found = sample_inputs(many, environments=("dev",), at=NOON)
    assert len(found) <= MAX_INPUTS
    contexts = [item.context for item in found]
    assert all({f"f{index}": str(index)} in contexts for index in range(9))


def test_times_and_spans_of_a_caller_are_sent_as_text() -> None:
    """JSON has neither: Cedar reads them by the schema."""
    found = sample_inputs(
        [
            parts_when('context.attributes.when < datetime("2026-01-01")'),
            parts_when('context.attributes.span == duration("1m")'),
        ],
        environments=("dev",),
        at=NOON,
    )
    sent = [item.context for item in found if item.context]
    assert {"when": "2026-01-01T00:00:00.000Z"} in sent
    assert {"span": "60000ms"} in sent
