"""The state of a stack as events change it."""

from __future__ import annotations

from sandbox.engine.state.stack_state import PendingDelete, Recorded, Removed, StackState
from tests.support.engine.values import ROOT, STACK_URN, URN, thing


def test_a_removal_is_of_one_id() -> None:
    """Removing a replaced resource leaves the live one of its name, and the other way round."""
    old, new = thing("a", "a-1"), thing("a", "a-2")
    state = StackState()
    state.apply([Recorded(resource=old), PendingDelete(resource=old), Recorded(resource=new)])
    state.apply([Removed(urn=old.urn, id="a-1")])
    assert (state.resources, state.pending_deletes) == ({new.urn: new}, [])
    state.apply([Removed(urn=old.urn, id="a-1")])
    assert state.resources == {new.urn: new}
    state.apply([Removed(urn=old.urn, id="a-2")])
    assert state.resources == {}


def test_renaming_renames_references() -> None:
    """What refers to a renamed resource refers to its new name: nothing is left that leads nowhere."""
    user = thing(
        "b", parent=URN + "a", dependencies=(URN + "a",), property_dependencies={"refs": (URN + "a",)}
    )
    state = StackState(resources={user.urn: user}, pending_deletes=[user])
    state.apply([Recorded(resource=thing("new"), formerly=URN + "a")])
    for item in (state.resources[user.urn], state.pending_deletes[0]):
        assert (item.parent, item.dependencies) == (URN + "new", (URN + "new",))
        assert item.property_dependencies == {"refs": (URN + "new",)}


def test_finds_by_kind() -> None:
    """A component does not pass for a resource of the same name, nor the other way round."""
    state = StackState(resources={ROOT.urn: ROOT})
    assert state.find([URN + "a", STACK_URN], custom=False) == ROOT
    assert state.find([STACK_URN], custom=True) is None


def test_has_the_stacks_outputs() -> None:
    """Outputs are the stack resource's; a stack without one was never deployed."""
    assert StackState().outputs() is None
    assert StackState(resources={ROOT.urn: ROOT}).outputs() == {}
