"""Single steps: recorded before they begin and when they end, shown, and stopped on request."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.errors import InterruptedRunError, StepFailedError
from sandbox.engine.planning.record import draft_resource
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.provider import ProviderError
from sandbox.engine.running.progress import Progress
from sandbox.engine.running.step_executor import StepExecutor
from sandbox.engine.state.entries import (
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    ResourceRecorded,
    ResourceRemoved,
)
from sandbox.engine.state.journal import Journal, read_journal
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.values import STACK_URN, URN, goal, thing

DRAFT = draft_resource(goal(inputs={"size": 1}))


def kinds(journal_file: Path) -> list[type]:
    return [type(entry) for entry in read_journal(journal_file)]


def test_creating_is_recorded_before_and_after(
    executor: StepExecutor, provider: MemoryProvider, journal: Journal, journal_file: Path
) -> None:
    """The operation stands in the journal while the provider works, and ends with the resource."""
    during: list[list[type]] = []
    provider.wait = lambda _verb, _name: during.append(kinds(journal_file))
    made = executor.create(DRAFT)
    assert during == [[OperationBegan]]
    assert kinds(journal_file) == [OperationBegan, OperationEnded, ResourceRecorded]
    assert journal.get(URN + "a") == made
    assert (made.id, journal.snapshot().pending_operations) == ("a-1", {})


def test_a_new_one_takes_the_place_of_the_old(
    executor: StepExecutor, journal: Journal, journal_file: Path
) -> None:
    """The old one becomes a pending delete in the same line as the new one is recorded."""
    old = executor.create(DRAFT)
    new = executor.create(DRAFT)
    assert kinds(journal_file)[-3:] == [OperationEnded, PendingDelete, ResourceRecorded]
    assert journal.snapshot().pending_deletes == [old]
    assert journal.get(URN + "a") == new


def test_updating_and_deleting(executor: StepExecutor, journal: Journal, journal_file: Path) -> None:
    """An update keeps the id; a deletion removes the record with the resource."""
    old = executor.create(DRAFT)
    updated = executor.update(replace(old, inputs={"size": 2}, outputs={}), old)
    assert (updated.id, updated.outputs["size"], updated.outputs["revision"]) == ("a-1", 2, 1)
    executor.delete(updated)
    assert kinds(journal_file)[-2:] == [OperationEnded, ResourceRemoved]
    assert journal.get(URN + "a") is None


@pytest.mark.parametrize(
    "fields", [{"external": True}, {"retain_on_delete": True}, {"custom": False, "id": ""}]
)
def test_what_is_not_the_programs_own_is_only_forgotten(
    fields: dict[str, Any],
    executor: StepExecutor,
    provider: MemoryProvider,
    journal: Journal,
    journal_file: Path,
) -> None:
    """What was read, is to be retained, or is a component, leaves the state without a call."""
    journal.record(ResourceRecorded(resource=replace(thing("a"), **fields)))
    executor.delete(replace(thing("a"), **fields))
    assert (provider.calls, kinds(journal_file)) == ([], [ResourceRecorded, ResourceRemoved])


def test_a_refused_step_has_ended(
    executor: StepExecutor, provider: MemoryProvider, journal: Journal, journal_file: Path
) -> None:
    """The provider's error comes out; nothing is pending, and nothing was made."""
    provider.refuse = lambda _verb, _name: "not today"
    with pytest.raises(ProviderError, match="not today"):
        executor.create(DRAFT)
    assert kinds(journal_file) == [OperationBegan, OperationEnded]
    assert journal.snapshot().pending_operations == {}


def test_a_step_that_broke_off_stays_pending(
    executor: StepExecutor, provider: MemoryProvider, journal: Journal
) -> None:
    """Whether it was carried out is not known: it is done again under its id, and once."""

    def fail(label: str) -> None:
        if label == "after":
            raise ConnectionResetError

    provider.point = fail
    with pytest.raises(StepFailedError, match="broke off: ConnectionResetError"):
        executor.create(DRAFT)
    provider.point = lambda _label: None
    (pending,) = journal.snapshot().pending_operations.values()
    assert executor.redo(pending)
    assert (list(provider.things), journal.snapshot().pending_operations) == (["a-1"], {})


def test_a_redone_step_may_be_refused(executor: StepExecutor, provider: MemoryProvider) -> None:
    """Then it has ended, and the run decides anew."""
    provider.refuse = lambda _verb, _name: "not today"
    assert not executor.redo(PendingOperation(operation_id="1", kind="creating", resource=DRAFT))


def test_no_deletion_begins_once_cancelled(
    executor: StepExecutor, provider: MemoryProvider, cancelled: threading.Event
) -> None:
    """A wish to stop is looked for before each step."""
    made = executor.create(DRAFT)
    executor.refuse_when_cancelled()
    cancelled.set()
    for act in (executor.refuse_when_cancelled, lambda: executor.delete(made)):
        with pytest.raises(InterruptedRunError):
            act()
    assert list(provider.things) == ["a-1"]


def test_shows_how_a_step_begins_and_ends(executor: StepExecutor, news: list[Progress]) -> None:
    """A watcher hears of the begin, and of the end with seconds or the error; never of a component."""
    real, stack = (Step(action=StepAction.CREATE, urn=urn) for urn in (URN + "a", STACK_URN))
    with executor.reporting(real), executor.reporting(stack):
        assert news == [Progress(step=real)]
    with pytest.raises(ValueError, match="no"), executor.reporting(real):
        raise ValueError("no")
    assert [(item.step, item.seconds is None, item.error) for item in news] == [
        (real, True, ""),
        (real, False, ""),
        (real, True, ""),
        (real, False, "no"),
    ]
