"""What is read of a schema: groups of actions, and the types of a context."""

from __future__ import annotations

import pytest

from policies.calls.language.schema_types import (
    AtomType,
    RecordType,
    SetType,
    UnreadSchemaError,
    action_types,
)

SCHEMA = r"""
entity Service; entity Group in [Group] tags String;
entity Color enum ["red"];
type Inner = {flag: Bool, "odd \"name\""?: Set<Set<Long>>};
type Context = {@doc("x") time: datetime, inner?: Inner, long: __cedar::Long, place?: ipaddr, who?: Service};
@doc("a { in a comment")
action "c\u{1}h", all;
action change in [all];
action "don\'t" in ["change", Action::"c\u{1}h"] appliesTo {principal: Service, resource: [Service, Group],
  context: Context};
action bare appliesTo {principal: Service, resource: Service};
namespace Other { entity X; action "read" appliesTo {principal: X, resource: X}; }
"""


def test_groups_are_those_of_groups_too() -> None:
    """An action is in a group of a group."""
    found = action_types(SCHEMA)
    assert found["don't"].groups == {"change", "all", "c\x01h"}
    assert found["change"].groups == {"all"}
    assert found.keys() == {"c\x01h", "all", "change", "don't", "bare"}


def test_types_are_looked_up() -> None:
    """Common types are put in their place; optional attributes are known as such."""
    context = action_types(SCHEMA)["don't"].context
    assert context is not None
    assert dict(context.attributes) == {
        "time": (AtomType("datetime"), True),
        "inner": (
            RecordType(
                {
                    "flag": (AtomType("Bool"), True),
                    'odd "name"': (SetType(SetType(AtomType("Long"))), False),
                }
            ),
            False,
        ),
        "long": (AtomType("Long"), True),
        "place": (AtomType("ipaddr"), False),
        "who": (AtomType("Service"), False),
    }
    assert action_types(SCHEMA)["don't"].resources == {"Service", "Group"}


def test_an_action_applies_to_nothing_unless_it_says_so() -> None:
    """Then it has no context; without one named, the context is empty."""
    found = action_types(SCHEMA)
    assert found["change"].context is None
    assert found["bare"].context == RecordType({})


def test_a_schema_that_does_not_parse_is_an_error() -> None:
    """And so is a context that is no record."""
    with pytest.raises(ValueError, match="parsing schema"):
        action_types("action")
    with pytest.raises((UnreadSchemaError, ValueError)):
        action_types("entity A; action a appliesTo {principal: A, resource: A, context: Long};")
