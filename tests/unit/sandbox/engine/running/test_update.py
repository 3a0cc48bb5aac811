"""An update decides each registration and has it done, with a record of everything."""

from __future__ import annotations

import threading

import pytest

from sandbox.engine.errors import InterruptedRunError, ProtectedResourceError
from sandbox.engine.provider import ProviderError
from sandbox.engine.running.registrar import RegisterResult
from sandbox.engine.running.update import UpdateRegistrar
from sandbox.engine.state.entries import ResourceRecorded
from sandbox.engine.state.journal import Journal
from sandbox.engine.values.properties import SecretValue
from tests.support.engine.memory_provider import NAMED, THING, MemoryProvider
from tests.support.engine.values import STACK_URN, URN, goal, thing


@pytest.fixture
def update(journal: Journal, provider: MemoryProvider, cancelled: threading.Event) -> UpdateRegistrar:
    return next_update(journal, provider, cancelled)


def next_update(
    journal: Journal, provider: MemoryProvider, cancelled: threading.Event | None = None
) -> UpdateRegistrar:
    outputs = {"lower": {"a": SecretValue(1)}}.get
    return UpdateRegistrar(journal, provider, outputs, lambda _progress: None, cancelled or threading.Event())


def test_brings_a_resource_to_its_goal(
    update: UpdateRegistrar, journal: Journal, provider: MemoryProvider
) -> None:
    """Created, then left alone, then updated: each run answers with what is there after it."""
    made = update.register(goal(inputs={"size": 1}))
    assert (made.id, made.outputs["token"]) == ("a-1", SecretValue("hush-a-1"))
    before = journal.snapshot()
    same = next_update(journal, provider).register(goal(inputs={"size": 1}))
    assert same == made
    assert journal.snapshot() == before
    changed = next_update(journal, provider).register(goal(inputs={"size": 2}))
    assert (changed.id, changed.outputs["size"]) == ("a-1", 2)
    assert [verb for verb, _ in provider.calls] == ["create", "update"]


def test_deletes_first_where_the_name_is_fixed(
    update: UpdateRegistrar, journal: Journal, provider: MemoryProvider
) -> None:
    """The old one goes, then the new one is made under its URN."""
    urn = f"urn:pulumi:test-layer::myelin::{NAMED}::n"
    wanted = goal("n", urn=urn, type=NAMED, inputs={"name": "n", "of": "a"})
    update.register(wanted)
    again = goal("n", urn=urn, type=NAMED, inputs={"name": "n", "of": "b"})
    assert next_update(journal, provider).register(again).id == "n-2"
    assert provider.calls == [("create", "n"), ("delete", "n-1"), ("create", "n")]


def test_components_are_recorded(update: UpdateRegistrar, journal: Journal) -> None:
    """A component is a name with outputs; those of the stack wait until the program has run well."""
    component = goal("g", urn=URN + "g", custom=False)
    stack = goal("s", urn=STACK_URN, type="pulumi:pulumi:Stack", custom=False)
    for wanted in (component, stack):
        assert update.register(wanted) == RegisterResult(id="", outputs={})
    update.register_outputs(URN + "g", {"a": 1})
    update.register_outputs(STACK_URN, {"b": 2})
    assert (journal.snapshot().resources[URN + "g"].outputs, journal.snapshot().outputs()) == ({"a": 1}, {})
    update.record_outputs()
    assert journal.snapshot().outputs() == {"b": 2}


def test_takes_over_what_exists(update: UpdateRegistrar, journal: Journal, provider: MemoryProvider) -> None:
    """An import records what is there, and makes nothing; what differs is updated after that."""
    provider.things["x"] = {"type": THING, "logical": "x", "revision": 0, "size": 1}
    assert update.register(goal(inputs={"size": 1}, import_id="x")).id == "x"
    assert (provider.calls, list(journal.snapshot().resources)) == ([], [URN + "a"])
    assert update.register(goal("b", inputs={"size": 2}, import_id="x")).id == "x"
    assert (provider.calls, provider.things["x"]["size"]) == ([("update", "x")], 2)
    assert journal.snapshot().resources[URN + "b"].inputs == {"size": 2}
    assert [step.action for step in update.steps if step.urn == URN + "b"] == ["create", "update"]


def test_an_update_after_an_import_that_fails_leaves_it_imported(
    update: UpdateRegistrar, journal: Journal, provider: MemoryProvider
) -> None:
    """As it was found, so that the next run tries again."""
    provider.things["x"] = {"type": THING, "logical": "x", "revision": 0, "size": 1}
    provider.refuse = lambda verb, _name: "not today" if verb == "update" else None
    with pytest.raises(ProviderError):
        update.register(goal("b", inputs={"size": 2}, import_id="x"))
    assert journal.snapshot().resources[URN + "b"].inputs == {"size": 1}


def test_what_is_read_is_external(
    update: UpdateRegistrar, journal: Journal, provider: MemoryProvider
) -> None:
    """Another resource or stack is recorded as such; one of the program's own in its place waits to go."""
    journal.record(ResourceRecorded(resource=thing("a", "old")))
    provider.things["x"] = {"type": THING, "revision": 0}
    assert update.read(goal(import_id="x")).id == "x"
    assert update.read_stack(goal("lower", import_id="lower")) == {"a": SecretValue(1)}
    state = journal.snapshot()
    assert {item.external for item in state.resources.values()} == {True}
    assert [item.id for item in state.pending_deletes] == ["old"]


def test_does_not_read_over_what_is_protected(
    update: UpdateRegistrar, journal: Journal, provider: MemoryProvider
) -> None:
    """A protected resource is not given up."""
    journal.record(ResourceRecorded(resource=thing("a", "old", protect=True)))
    provider.things["x"] = {"type": THING, "revision": 0}
    with pytest.raises(ProtectedResourceError):
        update.read(goal(import_id="x"))


def test_no_step_begins_once_cancelled(
    update: UpdateRegistrar, provider: MemoryProvider, cancelled: threading.Event
) -> None:
    """Nothing is made; what needs no step goes on."""
    cancelled.set()
    with pytest.raises(InterruptedRunError):
        update.register(goal())
    assert provider.calls == []
    assert update.register(goal("g", urn=URN + "g", custom=False)).id == ""


def test_tells_what_is_left(update: UpdateRegistrar, journal: Journal, provider: MemoryProvider) -> None:
    """What was not registered is named, and deleted on request."""
    update.register(goal())
    update.redo_pending()
    later = next_update(journal, provider)
    assert later.leftovers == (URN + "a",)
    later.delete_leftovers()
    assert provider.things == {}
    assert [*later.leftovers] == []
    assert len(later.steps) == 1
    assert later.invoke("aws:test/echo:echo", {"a": 1}) == {"a": 1}
