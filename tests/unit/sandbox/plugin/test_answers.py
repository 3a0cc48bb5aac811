"""What the plugin answers is what the sandbox's own engine would decide. FID-1"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.planning.diff import compare
from sandbox.engine.provider import ResourceType, State
from sandbox.engine.values.properties import UNKNOWN, AssetValue, SecretValue
from sandbox.engine.values.structs import decode_struct
from sandbox.plugin.answers import diff, outputs_of, predicted_update, read_answer
from tests.support.engine.memory_provider import THING, TYPES

KIND = TYPES[THING]
CASES: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"size": 1}, {"size": 1, "of": None}),
    ({"document": '{"a": 1}'}, {"document": '{ "a":1 }'}),
    ({"secret": SecretValue("x")}, {"secret": "x"}),
    ({"refs": ["a", "b"]}, {"refs": ["b"]}),
    ({"size": 1}, {"size": UNKNOWN}),
    ({}, {"of": "x", "size": {"a": [1, {"b": 2}]}}),
)


@pytest.mark.parametrize(("old", "new"), CASES)
def test_both_engines_see_the_same_differences(old: dict[str, Any], new: dict[str, Any]) -> None:
    """FID-1: path by path."""
    answer, changes = diff(old, new, KIND), compare(old, new)
    assert set(answer.detailedDiff) == {change.path for change in changes}
    assert set(answer.diffs) == {change.property for change in changes}
    assert set(answer.replaces) == set(answer.diffs) & KIND.replace_on


def test_an_input_that_is_taken_away_is_not_predicted_to_stay() -> None:
    """It is no output of the resource after the update."""
    predicted = predicted_update({"size": 1, "arn": "a"}, {"size": 1}, {}, KIND)
    assert predicted == {"arn": "a"}


def test_an_asset_is_recorded_as_the_program_gave_it() -> None:
    """A path of this machine's cache is no output."""
    given = AssetValue(path="/tmp/code", hash="h")
    assert outputs_of(State(id="a", outputs={"size": 1}), {"code": given}, KIND) == {"size": 1}


def test_a_secret_stays_one_in_a_refresh() -> None:
    """SEC-1: a value found in place of a secret is one, and has its type."""
    recorded = {"secret": SecretValue("old"), "size": 1}
    answer = read_answer(State(id="a", outputs={"secret": "new", "size": "1"}), recorded, recorded, KIND)
    assert decode_struct(answer.inputs) == {"secret": SecretValue("new"), "size": 1}
    assert decode_struct(answer.properties) == {"secret": SecretValue("new"), "size": 1}


def test_what_a_type_keeps_secret_is_so_in_an_import() -> None:
    """SEC-1: nothing says so but the type."""
    kind = ResourceType(token="t", properties=frozenset({"name"}), secret_outputs=frozenset({"password"}))
    answer = read_answer(State(id="a", outputs={"name": "n", "password": "p"}), {}, {}, kind)
    assert decode_struct(answer.inputs) == {"name": "n"}
    assert decode_struct(answer.properties) == {"name": "n", "password": SecretValue("p")}
