"""What an interrupted run left is redone first, and reported with the step that follows."""

from __future__ import annotations

import threading

import pytest

from sandbox.engine.errors import InterruptedRunError
from sandbox.engine.planning.deletion import LEFT_OVER
from sandbox.engine.planning.record import draft_resource
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.running.interrupted import InterruptedRun
from sandbox.engine.running.progress import Progress
from sandbox.engine.running.registrar import StepLog
from sandbox.engine.running.step_executor import StepExecutor
from sandbox.engine.state.entries import OperationBegan, PendingDelete, PendingOperation
from sandbox.engine.state.journal import Journal
from tests.support.engine.memory_provider import THING, MemoryProvider
from tests.support.engine.values import URN, goal, thing

CREATING = PendingOperation(
    operation_id="1", kind="creating", resource=draft_resource(goal(inputs={"size": 1}))
)


def start(journal: Journal, executor: StepExecutor, log: StepLog) -> InterruptedRun:
    return InterruptedRun(journal.snapshot(), executor, log)


def test_redoes_what_was_begun(
    journal: Journal, executor: StepExecutor, log: StepLog, provider: MemoryProvider, news: list[Progress]
) -> None:
    """The step is taken under its own id and shown; the resource's own step is then part of it."""
    journal.record(OperationBegan(operation=CREATING))
    interrupted = start(journal, executor, log)
    interrupted.redo()
    assert sorted(provider.answers) == ["1/1", "1/2"]
    assert journal.snapshot().pending_operations == {}
    assert [item.step.action for item in news] == [StepAction.CREATE] * 2
    merged = interrupted.merged(Step(action=StepAction.SAME, urn=URN + "a"))
    assert merged.action is StepAction.CREATE
    assert log.steps == ()


def test_a_refused_step_is_forgotten(
    journal: Journal, executor: StepExecutor, log: StepLog, provider: MemoryProvider
) -> None:
    """What is refused this time was not done: the resource's own step stands for itself."""
    provider.refuse = lambda _verb, _name: "not today"
    journal.record(OperationBegan(operation=CREATING))
    interrupted = start(journal, executor, log)
    interrupted.redo()
    assert interrupted.done == {}


def test_a_pending_delete_is_a_step_of_its_own(
    journal: Journal, executor: StepExecutor, log: StepLog, provider: MemoryProvider
) -> None:
    """The deletion of a replaced resource belongs to no step of this run."""
    old = thing("a", "a-1")
    provider.things["a-1"] = {"type": THING}
    deleting = PendingOperation(operation_id="2", kind="deleting", resource=old)
    journal.record(PendingDelete(resource=old), OperationBegan(operation=deleting))
    interrupted = start(journal, executor, log)
    assert interrupted.was_pending_delete(old)
    interrupted.redo()
    assert [(step.action, step.note) for step in log.steps] == [(StepAction.DELETE, LEFT_OVER)]
    assert (provider.things, journal.snapshot().pending_deletes) == ({}, [])


def test_nothing_is_redone_once_cancelled(
    journal: Journal, executor: StepExecutor, log: StepLog, cancelled: threading.Event
) -> None:
    """It stays pending for the next run."""
    journal.record(OperationBegan(operation=CREATING))
    interrupted = start(journal, executor, log)
    cancelled.set()
    with pytest.raises(InterruptedRunError):
        interrupted.redo()
    assert list(journal.snapshot().pending_operations) == ["1"]
