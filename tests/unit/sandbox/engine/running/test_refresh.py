"""What is not as recorded is found, told and recorded; the next update mends it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.provider import ProviderError, State
from sandbox.engine.running.refresh import Drift, input_changes, observe, record
from sandbox.engine.state.entries import PendingOperation
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import SecretValue
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.plans import action_names
from tests.support.engine.programs import STACK, Item, found, program, wanted
from tests.support.engine.values import ROOT, URN, thing

CHAIN = (Item("a"), Item("b", refs=("a",)), Item("c", refs=("b",)))


def test_what_is_as_recorded_is_no_news(engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
    """Nothing is told, and recording that writes nothing."""
    engine.up(program(CHAIN))
    before = store.load(STACK)
    observation = observe(STACK, before, provider)
    record(observation, store)
    assert (observation.drifts, observation.unknown, store.load(STACK)) == ((), (), before)


def test_what_is_gone_is_made_anew(engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
    """It leaves the state, a preview and an update make it, and what refers to it follows."""
    engine.up(program(CHAIN))
    del provider.things["b-2"]
    observation = observe(STACK, store.load(STACK), provider)
    assert observation.drifts == (Drift(urn=URN + "b", gone=True),)
    plan, _ = engine.preview(program(CHAIN), observed=observation)
    assert plan.counts() == {"same": 2, "create": 1, "update": 1}
    record(observation, store)
    result = engine.up(program(CHAIN))
    assert {name: did for name, did in action_names(result.plan).items() if did != "same"} == {
        "b": "create",
        "c": "update",
    }
    assert found(provider) == wanted(CHAIN)
    assert observe(STACK, store.load(STACK), provider).drifts == ()


def test_a_value_of_others_is_changed_back(
    engine: Engine, provider: MemoryProvider, store: StateStore
) -> None:
    """An input that is another by now is told with both values, recorded as it is, and changed back."""
    engine.up(program(CHAIN))
    provider.things["a-1"]["size"] = 7
    observation = observe(STACK, store.load(STACK), provider)
    change = PropertyChange(path="size", property="size", old=1, new=7)
    assert observation.drifts == (Drift(urn=URN + "a", changes=(change,)),)
    record(observation, store)
    assert store.load(STACK).resources[URN + "a"].inputs["size"] == 7
    engine.up(program(CHAIN))
    assert found(provider) == wanted(CHAIN)


def test_what_cannot_be_looked_up_is_told_and_kept(provider: MemoryProvider) -> None:
    """It may be there: its record stays, with the reason why nothing is known."""

    class Silent(MemoryProvider):
        def read(self, token: str, id: str, inputs: dict[str, Any]) -> State | None:  # noqa: A002
            raise ProviderError(urn=id, call="Read", code="Throttled", detail="later", uncertain=True)

    state = StackState(resources={ROOT.urn: ROOT, URN + "a": thing("a")})
    observation = observe(STACK, state, Silent())
    assert observation.entries == ()
    assert [drift.trouble for drift in observation.unknown] == ["Read failed for `a`: Throttled: later"]


def test_what_is_not_the_programs_own_is_passed_over(provider: MemoryProvider) -> None:
    """What was only read, what waits for deletion, and what an interrupted run left pending."""
    pending = thing("b")
    state = StackState(
        resources={URN + "a": thing("a", external=True), URN + "b": pending},
        pending_deletes=[thing("c")],
        pending_operations={
            "op": PendingOperation(operation_id="op", kind="updating", resource=pending),
        },
    )
    assert observe(STACK, state, provider).drifts == ()


@pytest.mark.parametrize(
    ("recorded", "there", "same"),
    [
        ("8080", 8080, True),
        (0, 0.0, True),
        (1, 2, False),
        ("true", True, True),
        (True, False, False),
        (True, 1, False),
        ("1", "1.0", False),
        ("x", 1, False),
        (["a"], ["b"], False),
        (["a"], ["a"], True),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, False),
        (["a"], [], False),
        (["a"], None, True),
        (None, 3, True),
        ("gone", None, True),
        (SecretValue("a"), "a", True),
    ],
)
def test_values_are_compared_as_aws_means_them(recorded: Any, there: Any, *, same: bool) -> None:
    """Numbers as numbers, flags as flags, texts by the letter, lists and blocks part by part; what is
    not told, not at all.
    """
    assert (list(input_changes(thing("a", inputs={"x": recorded}), {"x": there})) == []) == same


def test_a_secret_that_differs_is_not_shown(
    engine: Engine, provider: MemoryProvider, store: StateStore
) -> None:
    """Neither in what is told nor in what is recorded is it bare."""
    (change,) = input_changes(thing("a", inputs={"x": SecretValue("old")}), {"x": "new"})
    assert (change.old, change.new) == ("[secret]", "[secret]")
    engine.up(program((Item("a", extra={"secret": SecretValue("old").value}),)))
    state = store.load(STACK)
    old = state.resources[URN + "a"]
    state.resources[URN + "a"] = thing("a", "a-1", inputs={**old.inputs, "size": SecretValue(1)})
    provider.things["a-1"]["size"] = 7
    observation = observe(STACK, state, provider)
    state.apply(observation.entries)
    assert state.resources[URN + "a"].inputs["size"] == SecretValue(7)
    assert state.resources[URN + "a"].outputs["size"] == SecretValue(7)


def test_what_ecs_rewrites_is_not_compared() -> None:
    """The weights of a listener rule are ECS's; the rule's conditions are the program's."""
    rule = replace(
        thing("a", inputs={"actions": [{"weight": 100}], "conditions": [{"path": "/"}]}),
        type="aws:lb/listenerRule:ListenerRule",
    )
    found = {"actions": [{"weight": 5}], "conditions": [{"path": "/other"}]}
    assert [change.path for change in input_changes(rule, found)] == ["conditions[0].path"]
