"""Deletions: dependents first, nothing while something protected is in the way."""

from __future__ import annotations

import pytest

from sandbox.engine.errors import ProtectedResourceError
from sandbox.engine.planning.deletion import LEFT_OVER
from sandbox.engine.planning.steps import StepAction
from sandbox.engine.running.deletions import Deletions
from sandbox.engine.running.interrupted import InterruptedRun
from sandbox.engine.running.registrar import StepLog
from sandbox.engine.running.step_executor import StepExecutor
from sandbox.engine.state.entries import PendingDelete, ResourceRecorded
from sandbox.engine.state.journal import Journal
from sandbox.engine.values.resource import ResourceState
from tests.support.engine.memory_provider import THING, MemoryProvider
from tests.support.engine.values import URN, thing


@pytest.fixture
def deletions(
    journal: Journal,
    provider: MemoryProvider,
    executor: StepExecutor,
    interrupted: InterruptedRun,
    log: StepLog,
) -> Deletions:
    return Deletions(journal, provider, executor, interrupted, log)


def exist(journal: Journal, provider: MemoryProvider, *resources: ResourceState) -> None:
    """Record resources, and have them exist."""
    for item in resources:
        journal.record(ResourceRecorded(resource=item))
        provider.things[item.id] = {"type": THING, **item.inputs}


BASE = thing("a", "a-1")
PINNED = thing("b", "b-1", inputs={"pins": ["a-1"]}, property_dependencies={"pins": (URN + "a",)})
PROTECTED = thing("c", "c-1", protect=True)


def test_deletes_what_is_not_registered(
    deletions: Deletions, journal: Journal, provider: MemoryProvider, log: StepLog
) -> None:
    """Dependents go first, what is registered stays, and each deletion is a step."""
    exist(journal, provider, BASE, PINNED, thing("kept"))
    log.claim(URN + "kept")
    assert deletions.leftovers() == (URN + "a", URN + "b")
    deletions.delete_leftovers()
    assert provider.calls == [("delete", "b-1"), ("delete", "a-1")]
    assert [(step.action, step.name) for step in log.steps] == [
        (StepAction.DELETE, "b"),
        (StepAction.DELETE, "a"),
    ]
    assert deletions.leftovers() == ()


def test_a_pending_delete_of_this_run_is_no_step(
    deletions: Deletions, journal: Journal, provider: MemoryProvider, log: StepLog
) -> None:
    """It is a part of the replacement that made it one."""
    exist(journal, provider, BASE)
    log.claim(URN + "a")
    journal.record(PendingDelete(resource=BASE), ResourceRecorded(resource=thing("a", "a-2")))
    deletions.delete_leftovers()
    assert (provider.calls, log.steps) == ([("delete", "a-1")], ())


def test_an_older_pending_delete_is_a_step(
    journal: Journal, provider: MemoryProvider, executor: StepExecutor, log: StepLog
) -> None:
    """What an earlier run could not delete is told by itself."""
    exist(journal, provider, BASE)
    journal.record(PendingDelete(resource=BASE))
    interrupted = InterruptedRun(journal.snapshot(), executor, log)
    Deletions(journal, provider, executor, interrupted, log).delete_leftovers()
    assert [step.note for step in log.steps] == [LEFT_OVER]


def test_deletes_dependents_before_a_replacement(
    deletions: Deletions, journal: Journal, provider: MemoryProvider, interrupted: InterruptedRun
) -> None:
    """What would be replaced with it goes first, and will be told as replaced when it comes back."""
    exist(journal, provider, BASE, PINNED)
    deletions.delete_before_replace(URN + "a", frozenset())
    assert provider.calls == [("delete", "b-1"), ("delete", "a-1")]
    assert interrupted.done == {URN + "b": StepAction.DELETE}


def test_what_does_not_come_back_was_deleted(
    deletions: Deletions, journal: Journal, provider: MemoryProvider, log: StepLog
) -> None:
    """A dependent that the program dropped is told in the end."""
    exist(journal, provider, BASE, PINNED)
    deletions.delete_before_replace(URN + "a", frozenset())
    log.claim(URN + "a")
    deletions.delete_leftovers()
    assert [(step.action, step.name) for step in log.steps] == [(StepAction.DELETE, "b")]


def test_nothing_goes_while_something_is_protected(
    deletions: Deletions, journal: Journal, provider: MemoryProvider
) -> None:
    """A protected resource among those that would go is an error before the first of them goes."""
    pinned = thing("b", "b-1", protect=True, property_dependencies=PINNED.property_dependencies)
    exist(journal, provider, BASE, pinned, PROTECTED)
    for act in (
        deletions.delete_leftovers,
        deletions.leftovers,
        lambda: deletions.delete_before_replace(URN + "a", frozenset()),
    ):
        with pytest.raises(ProtectedResourceError):
            act()
    assert provider.calls == []


def test_what_is_gone_needs_no_deletion(deletions: Deletions, provider: MemoryProvider) -> None:
    """An earlier attempt may have deleted it already."""
    deletions.delete_before_replace(URN + "a", frozenset())
    assert provider.calls == []
