"""The state after a run has redone what an interrupted one began."""

from __future__ import annotations

import pytest

from sandbox.engine.planning.pending_operations import after_redo, merged_with_earlier, unregistered_deletions
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.state.entries import PendingOperation
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.resource import ResourceState
from tests.support.engine.values import URN, thing

OLD = thing("a", "a-1", inputs={"size": 1, "gone": 1}, outputs={"size": 1, "gone": 1, "arn": "x"})
NEW = ResourceState(urn=OLD.urn, type=OLD.type, custom=True, inputs={"size": 2})


def state_with(kind: str, resource: ResourceState, *, live: ResourceState | None = None) -> StackState:
    pending = PendingOperation(operation_id="1", kind=kind, resource=resource)
    return StackState(resources={live.urn: live} if live else {}, pending_operations={"1": pending})


def test_a_creation_makes_a_resource_without_an_id() -> None:
    """What doing the step again brings is not known yet."""
    redone = after_redo(state_with("creating", NEW))
    assert redone.done == {NEW.urn: StepAction.CREATE}
    made = redone.state.resources[NEW.urn]
    assert (made.id, made.outputs) == ("", {"size": 2})
    assert redone.state.pending_operations == {}


def test_a_creation_beside_a_live_one_is_a_replacement() -> None:
    """The live one will wait for deletion, unless it was only read."""
    redone = after_redo(state_with("creating", NEW, live=OLD))
    assert redone.done == {NEW.urn: StepAction.REPLACE}
    assert redone.state.pending_deletes == [OLD]
    external = thing("a", "a-1", external=True)
    redone = after_redo(state_with("creating", NEW, live=external))
    assert (redone.done, redone.state.pending_deletes) == ({NEW.urn: StepAction.CREATE}, [])


def test_an_update_changes_inputs_and_what_follows_from_them() -> None:
    """Outputs of inputs taken away are gone; computed ones stay."""
    updating = ResourceState(urn=OLD.urn, type=OLD.type, custom=True, id="a-1", inputs={"size": 2})
    redone = after_redo(state_with("updating", updating, live=OLD))
    assert redone.done == {OLD.urn: StepAction.UPDATE}
    assert redone.state.resources[OLD.urn].outputs == {"size": 2, "arn": "x"}


def test_a_deletion_removes_the_one_it_is_about() -> None:
    """The live one, or the one that waits."""
    redone = after_redo(state_with("deleting", OLD, live=OLD))
    assert (redone.done, redone.state.resources) == ({OLD.urn: StepAction.DELETE}, {})
    live = thing("a", "a-2")
    state = state_with("deleting", OLD, live=live)
    state.pending_deletes.append(OLD)
    redone = after_redo(state)
    assert (redone.done, redone.state.pending_deletes) == ({}, [])
    assert redone.state.resources == {live.urn: live}


def test_leaves_the_state_alone() -> None:
    """The state that is looked at stays as it is."""
    state = state_with("creating", NEW, live=OLD)
    after_redo(state)
    assert state == state_with("creating", NEW, live=OLD)


@pytest.mark.parametrize(
    ("before", "step", "expected"),
    [
        (None, StepAction.UPDATE, StepAction.UPDATE),
        (StepAction.CREATE, StepAction.SAME, StepAction.CREATE),
        (StepAction.CREATE, StepAction.UPDATE, StepAction.CREATE),
        (StepAction.CREATE, StepAction.REPLACE, StepAction.REPLACE),
        (StepAction.UPDATE, StepAction.SAME, StepAction.UPDATE),
        (StepAction.UPDATE, StepAction.UPDATE, StepAction.UPDATE),
        (StepAction.UPDATE, StepAction.REPLACE, StepAction.REPLACE),
        (StepAction.REPLACE, StepAction.SAME, StepAction.REPLACE),
        (StepAction.REPLACE, StepAction.UPDATE, StepAction.REPLACE),
        (StepAction.REPLACE, StepAction.REPLACE, StepAction.REPLACE),
        (StepAction.DELETE, StepAction.CREATE, StepAction.REPLACE),
    ],
)
def test_tells_two_steps_as_one(before: StepAction | None, step: StepAction, expected: StepAction) -> None:
    """What happens to a resource in all is one step, whatever part of it was done before."""
    done = {} if before is None else {URN + "a": before}
    assert merged_with_earlier(Step(action=step, urn=URN + "a"), done).action is expected


def test_tells_what_does_not_come_back() -> None:
    """What was deleted early and is not registered was deleted."""
    done = {URN + "a": StepAction.DELETE, URN + "b": StepAction.DELETE, URN + "c": StepAction.CREATE}
    assert unregistered_deletions(done, frozenset({URN + "b"})) == [
        Step(action=StepAction.DELETE, urn=URN + "a")
    ]
