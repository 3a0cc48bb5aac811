"""The step for one resource, from what is wanted and what was recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.engine.errors import (
    ImportMismatchError,
    ProtectedResourceError,
    UnknownPropertyError,
    UnsupportedOptionError,
)
from sandbox.engine.planning.planner import decide, decide_import, predict
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import ResourceType
from sandbox.engine.values.properties import UNKNOWN, SecretValue
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from tests.support.engine.values import URN, goal, thing

KIND = ResourceType(
    token="aws:test/thing:Thing",
    properties=frozenset({"size", "of", "tags"}),
    replace_on=frozenset({"of"}),
)
FIRST = replace(KIND, delete_before_replace=True)


def decide_step(goal: ResourceGoal, old: ResourceState | None, kind: ResourceType | None = KIND) -> Step:
    return decide(goal, old, kind).step


def test_creates_what_is_new() -> None:
    """Nothing recorded: create."""
    assert decide_step(goal(), None, KIND).action is StepAction.CREATE


def test_leaves_what_is_the_same() -> None:
    """Equal inputs: same, whatever the outputs."""
    old = thing("a", inputs={"size": 1}, outputs={"size": 2})
    assert decide_step(goal(inputs={"size": 1}), old, KIND).action is StepAction.SAME


def test_updates_in_place() -> None:
    """A change of an ordinary input: update, with the change."""
    step = decide_step(goal(inputs={"size": 2}), thing("a", inputs={"size": 1}), KIND)
    assert (step.action, [(change.path, change.replaces) for change in step.changes]) == (
        StepAction.UPDATE,
        [("size", False)],
    )


@pytest.mark.parametrize(
    ("kind", "option", "delete_first"),
    [
        (KIND, None, False),
        (FIRST, None, True),
        (KIND, True, True),
        (FIRST, False, False),
    ],
)
def test_replaces(kind: ResourceType, option: bool | None, delete_first: bool) -> None:
    """A change of a forcing input: replace; the order is the type's unless the program says."""
    wanted = goal(inputs={"of": "b", "size": 2}, delete_before_replace=option)
    step = decide_step(wanted, thing("a", inputs={"of": "a", "size": 1}), kind)
    assert (step.action, step.delete_first) == (StepAction.REPLACE, delete_first)
    assert [(change.path, change.replaces) for change in step.changes] == [("of", True), ("size", False)]


@pytest.mark.parametrize("pattern", ["tags", "tags.Name", "tags.*", "*"])
def test_replaces_on_changes_that_the_program_names(pattern: str) -> None:
    """`replace_on_changes` forces by property path, at any depth."""
    old = thing("a", inputs={"tags": {"Name": "x", "Other": "x"}})
    named = goal(inputs={"tags": {"Name": "y", "Other": "x"}}, replace_on_changes=(pattern,))
    assert decide_step(named, old, KIND).action is StepAction.REPLACE
    if pattern == "tags.Name":
        other = replace(named, inputs={"tags": {"Name": "x", "Other": "y"}})
        assert decide_step(other, old, KIND).action is StepAction.UPDATE


def test_updates_what_never_became_ready() -> None:
    """A resource that exists with init errors is updated although its inputs are what they were."""
    step = decide_step(goal(), thing("a", init_errors=("never steady",)), KIND)
    assert (step.action, step.changes) == (StepAction.UPDATE, ())


def test_makes_what_was_only_read() -> None:
    """A resource that the program so far read is not its own: it has to be made."""
    assert decide_step(goal(), thing("a", external=True), KIND).action is StepAction.CREATE


def test_does_not_replace_what_is_protected() -> None:
    """Protected before and after: refused. Put on or taken off in the same run: allowed, as Pulumi does."""
    old, wanted = thing("a", inputs={"of": "a"}, protect=True), goal(inputs={"of": "b"}, protect=True)
    with pytest.raises(ProtectedResourceError, match=r"`.*::a` is protected and would be replaced") as caught:
        decide_step(wanted, old, KIND)
    assert caught.value.message.endswith("would be replaced, because `of` cannot be changed in place")
    assert caught.value.hint.startswith("leave `of` as before; or take `protect` off")
    assert decide_step(replace(wanted, protect=False), old, KIND).action is StepAction.REPLACE
    assert decide_step(wanted, replace(old, protect=False), KIND).action is StepAction.REPLACE
    assert decide_step(replace(wanted, inputs={"of": "a", "size": 1}), old, KIND).action is StepAction.UPDATE


def test_an_unknown_input_counts_as_changed() -> None:
    """In a preview an unknown input may be anything: it changes, and forces where its change would."""
    old = thing("a", inputs={"of": "a", "size": 1})
    assert decide_step(goal(inputs={"of": UNKNOWN, "size": 1}), old, KIND).action is StepAction.REPLACE
    assert decide_step(goal(inputs={"of": "a", "size": UNKNOWN}), old, KIND).action is StepAction.UPDATE


def test_says_what_is_not_emulated() -> None:
    """A type that is only recorded says so in each of its steps."""
    kind = replace(KIND, not_emulated="moto has no such call")
    assert decide_step(goal(), None, kind).note == "moto has no such call"
    assert decide_step(goal(), thing("a"), kind).note == "moto has no such call"


def test_tells_the_former_name() -> None:
    """A step on a resource found under an alias says what it was called."""
    old = thing("before", inputs={"size": 1})
    assert decide_step(goal(inputs={"size": 1}), old, KIND).formerly == URN + "before"
    assert decide_step(goal(custom=False), old, None).formerly == URN + "before"


def test_a_component_is_made_once() -> None:
    """A component has no inputs to compare: it is new, or the same."""
    assert decide_step(goal(custom=False), None, None).action is StepAction.CREATE
    assert decide_step(goal(custom=False), thing("a"), None).action is StepAction.SAME


def test_refuses_unknown_properties() -> None:
    """An input that the provider does not know is an error that names it; a null one is no input."""
    decide(goal(inputs={"size": 1, "other": None}), None, KIND)
    with pytest.raises(UnknownPropertyError, match="does not know the property `other` of"):
        decide(goal(inputs={"size": 1, "other": 1}), None, KIND)


def test_keeps_ignored_changes() -> None:
    """What is to be ignored has its recorded value and makes no step; a new resource has what is written."""
    wanted = goal(inputs={"size": 2, "of": "b"}, ignore_changes=("size",))
    old = thing("a", inputs={"size": 1, "of": "b"})
    assert decide_step(wanted, old).action is StepAction.SAME
    assert decide(wanted, old, KIND).resource.inputs == old.inputs
    assert decide(wanted, None, KIND).resource.inputs == wanted.inputs


def test_says_how_it_will_be_recorded() -> None:
    """What stays is complete; what changes keeps its id and has no outputs yet; what is new has neither."""
    wanted = goal(inputs={"size": 2}, protect=True)
    old = thing("a", "a-1", inputs={"size": 2}, outputs={"arn": "x"}, created="then")
    kept = decide(wanted, old, KIND).resource
    assert (kept.id, kept.outputs, kept.protect, kept.created) == ("a-1", {"arn": "x"}, True, "then")
    changed = decide(wanted, replace(old, inputs={}), KIND).resource
    assert (changed.id, changed.outputs, changed.created) == ("a-1", {}, "then")
    assert decide(wanted, None, KIND).resource.id == ""


@pytest.mark.parametrize(
    ("old", "updated", "expected"),
    [
        (None, False, ("", {"size": 2, "arn": None})),
        (thing("a", "a-1", inputs={"size": 2}), False, ("a-1", {"arn": "x", "revision": 1})),
        (thing("a", "a-1", inputs={"size": 2}), True, ("a-1", {"arn": "x", "revision": None})),
        (thing("a", "a-1", inputs={"size": 1}), False, ("a-1", {"size": 2, "arn": "x", "revision": None})),
        (thing("a", "a-1", inputs={"of": "x"}), False, ("", {"size": 2, "arn": None})),
    ],
)
def test_predicts_what_is_known(
    old: ResourceState | None, updated: bool, expected: tuple[str, dict[str, Any]]
) -> None:
    """New or replaced: the inputs alone. Changed in place: all but what an update may change."""
    kind = replace(KIND, volatile_outputs=frozenset({"revision"}))
    wanted = goal(inputs={"size": 2})
    if old is not None:
        old = replace(old, outputs={"arn": "x", "revision": 1})
    found = predict(decide(wanted, old, kind), wanted, old, kind, updated=updated)
    identity, outputs = expected
    assert found.id == identity
    assert found.outputs == {name: value for name, value in outputs.items() if value is not None}


def test_predicts_secrecy() -> None:
    """An output whose input is secret is secret, and so is one that the type says is."""
    kind = replace(KIND, secret_outputs=frozenset({"token"}))
    wanted, old = goal(inputs={"size": SecretValue(2)}), thing("a", outputs={"token": "hush"})
    created = predict(decide(wanted, None, kind), wanted, None, kind, updated=False)
    assert created.outputs == {"size": SecretValue(2)}
    same = predict(decide(goal(), old, kind), goal(), old, kind, updated=False)
    assert same.outputs == {"token": SecretValue("hush")}


@pytest.mark.parametrize(
    ("found", "action", "inputs"),
    [
        ({"size": 1, "tags": {}}, StepAction.SAME, {"size": 1}),
        ({"size": 2}, StepAction.UPDATE, {"size": 2}),
        ({"tags": {"x": 1}}, StepAction.SAME, {"size": 1}),
        ({}, StepAction.SAME, {"size": 1}),
    ],
)
def test_imports_what_there_is_and_updates_it(
    found: dict[str, Any], action: StepAction, inputs: dict[str, Any]
) -> None:
    """What both name and is another is recorded as it is, and changed by a step of its own."""
    wanted, there = goal(inputs={"size": 1}, import_id="a"), thing("a", "a", outputs=found)
    recorded, step = decide_import(wanted, there, KIND)
    assert (recorded.inputs, step.action) == (inputs, action)
    assert [change.path for change in step.changes] == (["size"] if action is StepAction.UPDATE else [])


def test_does_not_import_what_only_a_replacement_would_change() -> None:
    """It would delete what was to be taken over."""
    kind = replace(KIND, replace_on=frozenset({"size"}))
    with pytest.raises(ImportMismatchError) as caught:
        decide_import(goal(inputs={"size": 1}, import_id="a"), thing("a", "a", outputs={"size": 2}), kind)
    assert caught.value.name == "size"


def test_a_secret_stays_one_when_it_is_imported() -> None:
    """What is there in its place is no more to be seen than what the program says."""
    wanted = goal(inputs={"size": SecretValue(1)}, import_id="a")
    recorded, step = decide_import(wanted, thing("a", "a", outputs={"size": 2}), KIND)
    assert (recorded.inputs, step.action) == ({"size": SecretValue(2)}, StepAction.UPDATE)


def test_does_not_import_over_another_one() -> None:
    """A recorded resource stays the one it is; importing a different one under its name is refused."""
    assert decide_step(goal(import_id="a"), thing("a", "a"), KIND).action is StepAction.SAME
    with pytest.raises(UnsupportedOptionError, match="import_ of another id"):
        decide_step(goal(import_id="b"), thing("a", "a"), KIND)
