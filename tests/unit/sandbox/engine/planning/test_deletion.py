"""What has to go, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.errors import ProtectedResourceError
from sandbox.engine.planning.deletion import deletion_order, dependent_replacements, unregistered
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.resource import ResourceState, in_dependency_order, prerequisites
from tests.support.engine.memory_provider import TYPES
from tests.support.engine.values import URN, thing, unhurried


def state_of(*live: ResourceState, pending_deletes: tuple[ResourceState, ...] = ()) -> StackState:
    return StackState(resources={item.urn: item for item in live}, pending_deletes=list(pending_deletes))


def using(name: str, identity: str = "", *, pins: str = "", refs: str = "", **fields: Any) -> ResourceState:
    """A Thing that refers to others by `name-id`."""
    by_property = {
        key: tuple(URN + value.split("-")[0] for value in text.split())
        for key, text in (("pins", pins), ("refs", refs))
        if text
    }
    return thing(
        name,
        identity or f"{name}-1",
        inputs={"pins": pins.split(), "refs": refs.split()},
        property_dependencies=by_property,
        **fields,
    )


def ids(resources: list[ResourceState]) -> list[str]:
    return [item.id for item in resources]


def replaced_with(gone: ResourceState, state: StackState, *registered: str) -> list[str]:
    return ids(dependent_replacements(gone, state, TYPES, frozenset(URN + name for name in registered)))


def test_lists_what_is_not_registered() -> None:
    """What the program did not register goes."""
    state = state_of(thing("a"), thing("b"))
    assert ids(unregistered(state, frozenset({URN + "a"}))) == ["b"]


def test_refuses_to_delete_what_is_protected() -> None:
    """A protected leftover is an error that says what to do."""
    with pytest.raises(ProtectedResourceError, match=r"::b` is protected and would be deleted"):
        unregistered(state_of(thing("a"), thing("b", protect=True)), frozenset({URN + "a"}))


def test_deletes_dependents_first() -> None:
    """Users go before what they use; parents after their children."""
    parent, child = thing("p"), thing("c", parent=URN + "p", dependencies=(URN + "d",))
    state = state_of(parent, thing("d"), child)
    order = ids(deletion_order(state, state.resources.values()))
    assert order.index("c") < min(order.index("p"), order.index("d"))


def test_mixes_replaced_and_dropped() -> None:
    """What was replaced may be used by what was dropped, and the other way round."""
    old, user = using("a", "a-1"), using("b", refs="a-1")
    state = state_of(using("a", "a-2"), user, pending_deletes=(old,))
    assert ids(deletion_order(state, [user])) == ["b-1", "a-1"]
    old_user, base = using("b", "b-1", refs="a-1"), using("a")
    state = state_of(base, using("b", "b-2"), pending_deletes=(old_user,))
    assert ids(deletion_order(state, [base])) == ["b-1", "a-1"]


def test_deletes_all_that_were_replaced_under_one_name() -> None:
    """A resource replaced in two runs that failed has two old ones, and both go."""
    state = state_of(pending_deletes=(thing("a", "a-1"), thing("a", "a-2")))
    assert sorted(ids(deletion_order(state, []))) == ["a-1", "a-2"]


def test_takes_the_older_generation_first() -> None:
    """Where a reference was turned round while one side was replaced, the replaced one goes first."""
    old, user = using("a", "a-1", refs="b-1"), using("b", refs="a-2")
    state = state_of(using("a", "a-2"), user, pending_deletes=(old,))
    assert ids(deletion_order(state, state.ordered())) == ["a-1", "b-1", "a-2"]


def test_what_would_be_replaced_with_it_goes_first() -> None:
    """Dependents by an input that forces replacement go first, theirs before them; others stay."""
    base = using("a")
    state = state_of(
        base, using("b", pins="a-1"), using("c", pins="b-1"), using("d", refs="a-1"), using("e", refs="b-1")
    )
    assert replaced_with(base, state) == ["c-1", "b-1"]


def test_what_is_registered_stays() -> None:
    """What had its turn in this run is what the program wants."""
    base = using("a")
    assert replaced_with(base, state_of(base, using("b", pins="a-1")), "b") == []


def test_a_pending_delete_that_uses_it_goes_first() -> None:
    """A replaced resource that used it cannot wait any longer."""
    base, old = using("a"), using("b", "b-1", refs="a-1")
    assert replaced_with(base, state_of(base, using("b", "b-2"), pending_deletes=(old,)), "b") == ["b-1"]


def test_tells_generations_apart_by_id() -> None:
    """Of several resources under one name, what goes is what used the one that goes."""
    base = using("a", "a-2")
    older = using("a", "a-1")
    user_of_older, user = using("b", pins="a-1"), using("c", pins="a-2")
    state = state_of(base, user_of_older, user, pending_deletes=(older,))
    assert replaced_with(base, state) == ["c-1"]
    waiting = using("d", "d-1", refs="a-1")
    assert replaced_with(base, state_of(base, pending_deletes=(older, waiting))) == []


def test_an_id_within_a_longer_one_is_no_mention() -> None:
    """`a-1` does not occur in `a-12`."""
    base, older = using("a", "a-1"), using("a", "a-12")
    user = using("b", pins="a-12")
    assert replaced_with(base, state_of(base, user, pending_deletes=(older,))) == []


def test_takes_a_user_without_ids_for_one_of_the_live_one() -> None:
    """An input derived from something other than the id does not tell: the live one is taken to be meant."""
    base, older = using("a", "a-2"), using("a", "a-1")
    user = thing("b", inputs={"pins": ["name"]}, property_dependencies={"pins": (URN + "a",)})
    assert replaced_with(base, state_of(base, user, pending_deletes=(older,))) == ["b"]


def test_leaves_types_that_the_provider_no_longer_knows() -> None:
    """A recorded type without a mapping does not stand in the way."""
    base = using("a")
    state = state_of(base, using("b", pins="a-1"))
    assert dependent_replacements(base, state, {}, frozenset()) == []


@unhurried
@given(
    edges=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
    order=st.permutations(range(8)),
)
def test_orders_any_graph(edges: list[tuple[int, int]], order: list[int]) -> None:
    """Each comes after all that it depends on, unless they depend on each other; none is lost or doubled."""
    acyclic = [(max(pair), min(pair)) for pair in edges if pair[0] != pair[1]]
    resources = [
        thing(str(name), dependencies=tuple(URN + str(to) for frm, to in acyclic if frm == name))
        for name in order
    ]
    ordered = in_dependency_order(resources)
    assert sorted(map(repr, ordered)) == sorted(map(repr, resources))
    seen: set[str] = set()
    for resource in ordered:
        assert prerequisites(resource) <= seen
        seen.add(resource.urn)
