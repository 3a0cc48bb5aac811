"""What AWS answers, in the form of what was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.live.view import as_map, live_values, own_form, typed

RULE = {"name": "x", "port": 1}
CASES: dict[str, tuple[Any, Any, Any]] = {
    "text": ({"a": "x"}, {"A": "y"}, {"a": "y"}),
    "number as text": ({"a": 8080}, {"A": "8080"}, {"a": 8080}),
    "text as number": ({"a": "8080"}, {"A": 8080}, {"a": "8080"}),
    "another number as text": ({"a": 8080}, {"A": "8081"}, {"a": 8081}),
    "truth as text": ({"a": True}, {"A": "false"}, {"a": False}),
    "truth as state": ({"a": True}, {"A": "DISABLED"}, {"a": False}),
    "document": ({"a": '{"b": 1}'}, {"A": {"b": 2}}, {"a": json.dumps({"b": 2})}),
    "default nobody asked for": ({"a": {"b": 1}}, {"A": {"B": 1, "C": 2}}, {"a": {"b": 1}}),
    "object for a list of one": ({"a": [{"b": 1}]}, {"A": {"B": 2}}, {"a": [{"b": 2}]}),
    "list of one for an object": ({"a": {"b": 1}}, {"A": [{"B": 2}]}, {"a": {"b": 2}}),
    "tags as pairs": (
        {"tags": {"a": "1", "b": "2"}},
        {"Tags": [{"Key": "a", "Value": "3"}, {"Key": "c", "Value": "4"}, {"Key": "aws:x", "Value": "5"}]},
        {"tags": {"a": "3", "c": "4"}},
    ),
    "no tags": ({"tags": {"a": "1"}}, {"Tags": []}, {"tags": {}}),
    "list in another order": ({"a": ["x", "y"]}, {"A": ["y", "x"]}, {"a": ["x", "y"]}),
    "element gone, another added": ({"a": ["x", "y"]}, {"A": ["z", "y"]}, {"a": ["y", "z"]}),
    "elements by name, in another order": (
        {"rules": [RULE, {"name": "y", "port": 2}]},
        {"Rules": [{"Name": "y", "Port": 3, "Id": 9}, {"Name": "x", "Port": 1}]},
        {"rules": [RULE, {"name": "y", "port": 3}]},
    ),
    "element added": (
        {"rules": [RULE]},
        {"Rules": [{"Name": "w", "Port": 0}, {"Name": "x", "Port": 1}]},
        {"rules": [RULE, {"name": "w", "port": 0}]},
    ),
    "elements without a name, by what they are": (
        {"rules": [{"port": 1}, {"port": 2}]},
        {"Rules": [{"Port": 2}, {"Port": 1}]},
        {"rules": [{"port": 1}, {"port": 2}]},
    ),
    "the only element": ({"rules": [{"port": 1}]}, {"Rules": [{"Port": 2}]}, {"rules": [{"port": 2}]}),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_takes_the_form_of_the_inputs(case: str) -> None:
    """Names, types, order and defaults are not differences; values, elements and names of maps are."""
    wanted, answered, live = CASES[case]
    found = live_values(wanted, answered)
    assert (dict(found.values), found.untold) == (live, ())


def test_what_is_not_told_is_taken_as_asked_for_and_named() -> None:
    """At any depth."""
    found = live_values({"a": 1, "b": {"c": 1, "d": 2}}, {"B": {"D": 2}})
    assert (found.values, found.untold) == ({"a": 1, "b": {"c": 1, "d": 2}}, ("a", "b.c"))


def test_a_renamed_input_is_found() -> None:
    """At any depth, by its path without positions."""
    found = live_values({"a": [{"b": 1}]}, {"X": [{"Y": 2}]}, {"a": "X", "a.b": "Y"})
    assert found.values == {"a": [{"b": 2}]}


def test_what_is_no_map_is_none() -> None:
    """A list of anything but pairs has no names."""
    assert (as_map([1]), as_map("x")) == (None, None)


def test_strange_values_stay_as_they_are() -> None:
    """A value that is not of the wanted type is shown as it is."""
    assert (typed(1, "x"), typed("x", True), own_form([{"ARN": object}])) == (
        "x",
        "true",
        [{"arn": str(object)}],
    )
