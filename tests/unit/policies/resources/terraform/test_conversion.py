"""Inputs of any shape as the values of a planned resource, by a small schema that has every kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN, Secret
from policies.resources.terraform.conversion import Converter, Planned
from policies.resources.terraform.names import Names
from policies.resources.terraform.plain_values import MASK
from policies.resources.terraform.schema import Schema

TOKEN = "aws:moon/base:Base"
SCHEMA = Schema(
    {
        "types": {
            "aws_moon_base": {
                "title": "s",
                "crew_size": "n",
                "open": "b=true",
                "tags": "m",
                "tags_all": "m+",
                "ports": "l",
                "chosen": "l+",
                "arn": "s!",
                "dome": ["L", 0],
                "lock": ["S", 0],
                "timeouts": ["O", 0],
                "crew": ["M", 0],
                "extra": "a",
            }
        },
        "blocks": [{"label": "s", "size": "n", "on": "b=false", "id": "s!", "inner": ["L", 0]}],
    }
)
NAMES = Names({"prefixes": {}, "aliases": {}, "types": {}, "properties": {}}, SCHEMA.types)
SHAPE = SCHEMA.resource("aws_moon_base")
INPUTS = (
    "title",
    "crewSize",
    "open",
    "tags",
    "ports",
    "chosen",
    "domes",
    "lock",
    "timeouts",
    "crew",
    "extra",
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "x", "true", "7", UNKNOWN]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["label", "size", "inner", "strange", "__note"]), inner, max_size=2)
        | inner.map(lambda value: Secret(value=value))
    ),
    max_leaves=6,
)


def planned(outputs: Any = None, **inputs: Any) -> Planned:
    return Converter(SCHEMA, NAMES).resource(TOKEN, SHAPE, inputs, outputs or {})


@given(st.dictionaries(st.sampled_from((*INPUTS, "moonPhase", "__defaults")), VALUES, max_size=4))
def test_every_attribute_is_shown_or_marked(inputs: dict[str, Any]) -> None:
    """Whatever a program gives, each attribute has a value or is unknown, and all of it is plain JSON."""
    found = planned(**inputs)
    shown = found.values.keys() | found.unknown.keys()
    assert SHAPE.keys() <= shown
    assert [name for name in found.values if found.unknown.get(name) is True] == []
    json.dumps([found.values, found.unknown, found.sensitive])
    assert set(found.sources.values()) <= inputs.keys()


@given(st.sampled_from(INPUTS), VALUES)
def test_a_secret_is_marked_wherever_it_is(name: str, value: Any) -> None:
    """An input that is secret as a whole is marked so as a whole, or is what AWS decides on anyway."""
    (attribute,) = planned(**{name: "x"}).sources
    found = planned(**{name: Secret(value=value)})
    assert found.sensitive.get(attribute) is True or attribute not in found.sources


@pytest.mark.parametrize("name", [name for name in INPUTS if name != "chosen"])
def test_what_is_not_known_is_left_out_of_the_values(name: str) -> None:
    """In every kind of attribute, and the rest of the resource is as without it."""
    bare, found = planned(), planned(**{name: UNKNOWN})
    (attribute,) = found.sources
    assert (attribute in found.values, found.unknown[attribute]) == (False, True)
    left = {one: value for one, value in bare.values.items() if one not in (attribute, "tags_all")}
    assert {one: value for one, value in found.values.items() if one != "tags_all"} == left


@pytest.mark.parametrize("value", [None, []])
def test_nothing_is_what_aws_chooses(value: Any) -> None:
    """Where AWS sets what is left out, an empty value is as good as none; elsewhere it is the program's."""
    assert planned(chosen=value).unknown["chosen"] is True
    assert "chosen" not in planned(chosen=value).values
    assert planned(ports=value).values["ports"] == value


def test_blocks_in_their_forms() -> None:
    """One block is a list of one, nulls among blocks are none, and inside a set nothing is null."""
    block = {"label": "a"}
    assert planned(domes=block).values["dome"] == planned(domes=[None, block]).values["dome"]
    (in_list,) = planned(domes=block).values["dome"]
    (in_set,) = planned(lock=block).values["lock"]
    assert in_list == {"label": "a", "size": None, "on": False, "inner": []}
    assert in_set == {"label": "a", "size": 0, "on": False, "inner": []}
    (nested,) = planned(lock={"inner": block}).values["lock"][0]["inner"]
    assert nested["size"] == 0
    assert (
        planned(timeouts=[block]).values["timeouts"] == planned(timeouts=block).values["timeouts"] == in_list
    )
    assert planned(crew={"one": block}).values["crew"] == {"one": in_list}


def test_a_list_with_an_unknown_block_is_unknown() -> None:
    """How many blocks there are is not told, so that none of them is shown; an unknown part stays inside."""
    found = planned(domes=[{"label": "a"}, UNKNOWN])
    assert ("dome" in found.values, found.unknown["dome"]) == (False, True)
    inside = planned(domes=[{"label": UNKNOWN, "size": 1}])
    assert inside.values["dome"][0]["size"] == 1
    assert inside.unknown["dome"][0]["label"] is True


def test_strange_names_are_told_at_any_depth() -> None:
    """A property that the schema lacks is kept by the rule and listed, and Pulumi's notes are neither."""
    found = planned(moonPhase="full", domes={"inner": {"moonDust": 1}}, __defaults=["x"])
    assert found.strange == ["moonPhase", "moonDust"]
    assert found.values["moon_phase"] == "full"
    assert found.values["dome"][0]["inner"][0]["moon_dust"] == 1
    assert not any("defaults" in name for name in found.values)


@pytest.mark.parametrize(
    ("inputs", "tags_all"),
    [
        ({}, {}),
        ({"tags": {"a": "b"}}, {"a": "b"}),
        ({"tags": {"a": Secret(value="b")}}, {"a": MASK}),
        ({"tags": UNKNOWN}, None),
        ({"tags": "a text"}, None),
    ],
)
def test_all_tags_are_those_of_the_resource(inputs: dict[str, Any], tags_all: Any) -> None:
    """With the same marks; where the tags are not known or are none, all tags stay unknown."""
    found = planned(**inputs)
    assert found.values.get("tags_all") == tags_all
    assert ("tags_all" in found.unknown) is (tags_all is None)
    assert found.sensitive.get("tags_all") == found.sensitive.get("tags")


def test_outputs_fill_what_only_aws_knows() -> None:
    """The program's word stays, what it could have set itself is not taken from an output, nor is a null."""
    outputs = {"arn": "arn:x", "chosen": ["aws"], "title": "aws", "tagsAll": None, "moonPhase": "new"}
    found = planned(outputs, chosen=["mine"])
    assert (found.values["arn"], found.values["chosen"], found.values["title"]) == ("arn:x", ["mine"], None)
    assert not {"arn", "chosen"} & found.unknown.keys()
    assert "moon_phase" not in found.values
    assert planned(outputs).values["chosen"] == ["aws"]
