"""What a run foresees of the steps that another one began."""

from __future__ import annotations

import pytest

from sandbox.engine.planning.pending_operations import foresee, told, unclaimed
from sandbox.engine.planning.steps import Action, Step
from sandbox.engine.state.stack_state import Pending, StackState
from sandbox.engine.values.resource import Resource
from tests.support.engine.values import URN, thing

OLD = thing("a", "a-1", inputs={"size": 1, "gone": 1}, outputs={"size": 1, "gone": 1, "arn": "x"})
NEW = Resource(urn=OLD.urn, type=OLD.type, custom=True, inputs={"size": 2})


def state_with(kind: str, resource: Resource, *, live: Resource | None = None) -> StackState:
    pending = Pending(operation_id="1", kind=kind, resource=resource)
    return StackState(resources={live.urn: live} if live else {}, pending={"1": pending})


def test_a_creation_makes_a_resource_without_an_id() -> None:
    """What doing the step again brings is not known yet."""
    foreseen = foresee(state_with("creating", NEW))
    assert foreseen.done == {NEW.urn: Action.CREATE}
    made = foreseen.state.resources[NEW.urn]
    assert (made.id, made.outputs) == ("", {"size": 2})
    assert foreseen.state.pending == {}


def test_a_creation_beside_a_live_one_is_a_replacement() -> None:
    """The live one will wait for deletion, unless it was only read."""
    foreseen = foresee(state_with("creating", NEW, live=OLD))
    assert foreseen.done == {NEW.urn: Action.REPLACE}
    assert foreseen.state.condemned == [OLD]
    external = thing("a", "a-1", external=True)
    foreseen = foresee(state_with("creating", NEW, live=external))
    assert (foreseen.done, foreseen.state.condemned) == ({NEW.urn: Action.CREATE}, [])


def test_an_update_changes_inputs_and_what_follows_from_them() -> None:
    """Outputs of inputs taken away are gone; computed ones stay."""
    updating = Resource(urn=OLD.urn, type=OLD.type, custom=True, id="a-1", inputs={"size": 2})
    foreseen = foresee(state_with("updating", updating, live=OLD))
    assert foreseen.done == {OLD.urn: Action.UPDATE}
    assert foreseen.state.resources[OLD.urn].outputs == {"size": 2, "arn": "x"}


def test_a_deletion_removes_the_one_it_is_about() -> None:
    """The live one, or the one that waits."""
    foreseen = foresee(state_with("deleting", OLD, live=OLD))
    assert (foreseen.done, foreseen.state.resources) == ({OLD.urn: Action.DELETE}, {})
    live = thing("a", "a-2")
    state = state_with("deleting", OLD, live=live)
    state.condemned.append(OLD)
    foreseen = foresee(state)
    assert (foreseen.done, foreseen.state.condemned) == ({}, [])
    assert foreseen.state.resources == {live.urn: live}


def test_leaves_the_state_alone() -> None:
    """Foreseeing changes nothing."""
    state = state_with("creating", NEW, live=OLD)
    foresee(state)
    assert state == state_with("creating", NEW, live=OLD)


@pytest.mark.parametrize(
    ("before", "step", "expected"),
    [
        (None, Action.UPDATE, Action.UPDATE),
        (Action.CREATE, Action.SAME, Action.CREATE),
        (Action.CREATE, Action.UPDATE, Action.CREATE),
        (Action.CREATE, Action.REPLACE, Action.REPLACE),
        (Action.UPDATE, Action.SAME, Action.UPDATE),
        (Action.UPDATE, Action.UPDATE, Action.UPDATE),
        (Action.UPDATE, Action.REPLACE, Action.REPLACE),
        (Action.REPLACE, Action.SAME, Action.REPLACE),
        (Action.REPLACE, Action.UPDATE, Action.REPLACE),
        (Action.REPLACE, Action.REPLACE, Action.REPLACE),
        (Action.DELETE, Action.CREATE, Action.REPLACE),
    ],
)
def test_tells_two_steps_as_one(before: Action | None, step: Action, expected: Action) -> None:
    """What happens to a resource in all is one step, whatever part of it was done before."""
    done = {} if before is None else {URN + "a": before}
    assert told(Step(action=step, urn=URN + "a"), done).action is expected


def test_tells_what_does_not_come_back() -> None:
    """What was deleted early and is not registered was deleted."""
    done = {URN + "a": Action.DELETE, URN + "b": Action.DELETE, URN + "c": Action.CREATE}
    assert unclaimed(done, frozenset({URN + "b"})) == [Step(action=Action.DELETE, urn=URN + "a")]
