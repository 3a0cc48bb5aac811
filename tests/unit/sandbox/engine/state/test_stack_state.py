"""The state of a stack as journal entries change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.engine.errors import InvariantError
from sandbox.engine.state.entries import PendingDelete, PendingOperation, ResourceRecorded, ResourceRemoved
from sandbox.engine.state.stack_state import INVARIANTS, StackState
from sandbox.engine.values.resource import ResourceState
from tests.support.engine.values import ROOT, STACK_URN, URN, thing


def test_a_removal_is_of_one_id() -> None:
    """Removing a replaced resource leaves the live one of its name, and the other way round."""
    old, new = thing("a", "a-1"), thing("a", "a-2")
    state = StackState()
    state.apply([ResourceRecorded(resource=old), PendingDelete(resource=old), ResourceRecorded(resource=new)])
    state.apply([ResourceRemoved(urn=old.urn, id="a-1")])
    assert (state.resources, state.pending_deletes) == ({new.urn: new}, [])
    state.apply([ResourceRemoved(urn=old.urn, id="a-1")])
    assert state.resources == {new.urn: new}
    state.apply([ResourceRemoved(urn=old.urn, id="a-2")])
    assert state.resources == {}


def test_renaming_renames_references() -> None:
    """What refers to a renamed resource refers to its new name: nothing is left that leads nowhere."""
    user = thing(
        "b", parent=URN + "a", dependencies=(URN + "a",), property_dependencies={"refs": (URN + "a",)}
    )
    state = StackState(resources={user.urn: user}, pending_deletes=[user])
    state.apply([ResourceRecorded(resource=thing("new"), formerly=URN + "a")])
    for item in (state.resources[user.urn], state.pending_deletes[0]):
        assert (item.parent, item.dependencies) == (URN + "new", (URN + "new",))
        assert item.property_dependencies == {"refs": (URN + "new",)}


def test_has_the_stacks_outputs() -> None:
    """Outputs are the stack resource's; a stack without one was never deployed."""
    assert StackState().outputs() is None
    assert StackState(resources={ROOT.urn: ROOT}).outputs() == {}


def state_of(*resources: ResourceState, **more: Any) -> StackState:
    return StackState(resources={item.urn: item for item in resources}, **more)


def operation(kind: str, resource: ResourceState, *, operation_id: str = "1", key: str = "1") -> Any:
    return {key: PendingOperation(operation_id=operation_id, kind=kind, resource=resource)}


A, B = thing("a"), thing("b", dependencies=(URN + "a",))
DRAFT = replace(A, id="")


@pytest.mark.parametrize(
    "state",
    [
        StackState(),
        state_of(ROOT, A, B),
        state_of(replace(A, parent=STACK_URN), ROOT),
        state_of(A, pending_deletes=[thing("a", "a-1"), thing("a", "a-2")]),
        state_of(thing("a", external=True)),
        state_of(pending_operations=operation("creating", DRAFT)),
        state_of(A, pending_operations=operation("updating", A)),
        state_of(thing("a", dependencies=(URN + "gone",))),
    ],
)
def test_what_runs_record_is_sound(state: StackState) -> None:
    """Whatever a run may leave keeps the invariants; in its midst, references may lead to what is gone."""
    state.verify()


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (1, StackState(resources={URN + "b": A})),
        (1, state_of(replace(A, type="aws:test/other:Other"))),
        (2, state_of(DRAFT)),
        (2, state_of(replace(ROOT, id="x"))),
        (2, state_of(pending_deletes=[DRAFT])),
        (3, state_of(pending_deletes=[thing("a", external=True)])),
        (3, state_of(pending_deletes=[A, A])),
        (4, state_of(thing("a", dependencies=(URN + "b",)), B)),
        (4, state_of(thing("a", parent=URN + "b"), B)),
        (5, state_of(pending_operations=operation("creating", DRAFT, key="2"))),
        (5, state_of(pending_operations=operation("reading", A))),
        (5, state_of(pending_operations=operation("deleting", DRAFT))),
        (5, state_of(pending_operations=operation("creating", ROOT))),
    ],
)
def test_names_the_first_invariant_that_is_broken(number: int, state: StackState) -> None:
    """A state that no run records is told by the invariant that it breaks."""
    with pytest.raises(InvariantError) as caught:
        state.verify()
    assert caught.value.number == number
    assert f"breaks invariant {number}: {INVARIANTS[number]}" in caught.value.message


@pytest.mark.parametrize(
    "state",
    [
        state_of(B, A),
        state_of(thing("a", dependencies=(URN + "gone",))),
        state_of(thing("a", parent=URN + "gone")),
        state_of(A, pending_deletes=[thing("b", property_dependencies={"refs": (URN + "gone",)})]),
    ],
)
def test_at_rest_references_lead_to_what_comes_before(state: StackState) -> None:
    """A checkpoint has everything that a resource refers to, and has it first."""
    state.verify()
    with pytest.raises(InvariantError) as caught:
        state.verify(at_rest=True)
    assert caught.value.number == 6
