"""The journal: written before the next step, read back whatever happened to its end."""

from __future__ import annotations

import json
import os
import resource as limits
import signal
import stat
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.errors import StateError
from sandbox.engine.state.entries import (
    JournalEntry,
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    ResourceRecorded,
    ResourceRemoved,
)
from sandbox.engine.state.journal import Journal, read_journal
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values import wire
from sandbox.engine.values.properties import SecretValue
from sandbox.engine.values.resource import ResourceState
from tests.support.engine.values import THING_A, resources, unhurried

CREATING = OperationBegan(operation=PendingOperation(operation_id="1", kind="creating", resource=THING_A))
CREATED = (OperationEnded(operation_id="1"), ResourceRecorded(resource=replace(THING_A, id="a-1")))
GROUPS: tuple[tuple[JournalEntry, ...], ...] = (
    (CREATING,),
    CREATED,
    (
        PendingDelete(resource=replace(THING_A, id="a-1")),
        ResourceRecorded(resource=replace(THING_A, id="a-2"), formerly="urn:x"),
    ),
    (ResourceRemoved(urn=THING_A.urn, id="a-1"),),
)


def journal_at(path: Path) -> Journal:
    return Journal(path, StackState(), lambda _state: None)


def test_reads_back_what_was_recorded(tmp_path: Path) -> None:
    """Every kind of event comes back as it was, in order."""
    path = tmp_path / "j"
    journal = journal_at(path)
    for events in GROUPS:
        journal.record(*events)
    assert list(read_journal(path)) == [event for events in GROUPS for event in events]
    state = StackState()
    state.apply(read_journal(path))
    assert state == journal.snapshot()


@unhurried
@given(resource=resources())
def test_reads_back_any_resource(resource: ResourceState, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A resource comes back as it was, whatever its properties."""
    path = tmp_path_factory.mktemp("journal") / "j"
    journal_at(path).record(ResourceRecorded(resource=resource))
    assert list(read_journal(path)) == [ResourceRecorded(resource=resource)]


def test_takes_a_group_whole_or_not_at_all(tmp_path: Path) -> None:
    """Cut at any byte, the journal has the groups before that byte, and nothing of the one it is in."""
    path = tmp_path / "j"
    journal, ends = journal_at(path), [0]
    for events in GROUPS:
        journal.record(*events)
        ends.append(path.stat().st_size)
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        complete = sum(end <= size for end in ends[1:])
        assert list(read_journal(path)) == [event for events in GROUPS[:complete] for event in events]


def test_writes_before_it_answers(tmp_path: Path) -> None:
    """What is recorded is in the file when `record` returns: a kill after it loses nothing."""
    path = tmp_path / "j"
    journal = journal_at(path)
    journal.record(CREATING)
    assert list(read_journal(path)) == [CREATING]


def test_is_only_appended_to(tmp_path: Path) -> None:
    """Each group adds its own bytes, whatever is there already: what is written grows linearly."""
    path = tmp_path / "j"
    journal = journal_at(path)
    sizes = [0]
    for number in range(200):
        journal.record(ResourceRecorded(resource=replace(THING_A, id=f"a-{number:04}")))
        sizes.append(path.stat().st_size)
    added = {after - before for before, after in pairwise(sizes)}
    assert len(added) == 1


def test_takes_back_what_did_not_fit(tmp_path: Path) -> None:
    """When there is no room for a line nothing of it stays, and what is recorded later can be read."""
    path = tmp_path / "j"
    journal = journal_at(path)
    journal.record(CREATING)
    before = journal.snapshot()
    soft, hard = limits.getrlimit(limits.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits.setrlimit(limits.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="large"):
            journal.record(*CREATED)
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert journal.snapshot() == before
    journal.record(*CREATED)
    assert list(read_journal(path)) == [CREATING, *CREATED]


def test_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """States hold secrets: no other user may read the file, whatever the umask."""
    before = os.umask(0)
    try:
        journal_at(tmp_path / "j")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o600


def test_seals_secrets(tmp_path: Path) -> None:
    """A secret is written in Pulumi's sealed form, never as a bare value."""
    path = tmp_path / "j"
    secret = replace(THING_A, inputs={"secret": SecretValue("hush")})
    journal_at(path).record(ResourceRecorded(resource=secret))
    (line,) = json.loads(path.read_text())
    assert line["resource"]["inputs"] == {"secret": {wire.SIGNATURE: wire.SECRET, "plaintext": '"hush"'}}


@pytest.mark.parametrize(
    "line", ["nonsense", "1", "[1]", '["x"]', '[{"event": "other"}]', '[{"event": "put"}]', "{}x"]
)
def test_refuses_a_broken_line(line: str, tmp_path: Path) -> None:
    """A whole line that is no group of events is an error that names file and line, not silently skipped."""
    path = tmp_path / "j"
    journal_at(path).record(CREATING)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(StateError, match=r"j:2: the state file cannot be read") as caught:
        list(read_journal(path))
    assert (caught.value.path, caught.value.line) == (path, 2)


def test_takes_events_from_threads(tmp_path: Path) -> None:
    """Threads that record, look up and copy at once neither fail nor lose anything."""
    path = tmp_path / "j"
    journal = journal_at(path)
    failures: list[Exception] = []

    def work(thread: int) -> None:
        try:
            for number in range(50):
                urn = f"urn:pulumi:s::p::aws:test/thing:Thing::{thread}-{number}"
                journal.record(ResourceRecorded(resource=replace(THING_A, urn=urn)))
                assert journal.get(urn) is not None
                journal.snapshot().ordered()
                if number % 2:
                    journal.record(ResourceRemoved(urn=urn, id=""))
        except Exception as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert len(journal.snapshot().resources) == 8 * 25
    state = StackState()
    state.apply(read_journal(path))
    assert state == journal.snapshot()


@unhurried
@given(data=st.data())
def test_replays_over_what_has_it_already(data: st.DataObject) -> None:
    """A journal replayed over the checkpoint that was made of it changes nothing."""
    state = StackState()
    events = data.draw(histories())
    state.apply(events)
    again = state.copy()
    again.apply(events)
    assert again == state


@st.composite
def histories(draw: st.DrawFn) -> list[JournalEntry]:
    """What an engine records: resources made, changed, renamed, replaced, removed; steps begun and ended."""
    state, events = StackState(), list[JournalEntry]()
    for number in range(draw(st.integers(0, 15))):
        live = sorted(state.resources)
        name = draw(st.sampled_from("abcd"))
        fresh = replace(THING_A, urn=THING_A.urn[:-1] + name, id=f"{name}-{number}")
        if live:
            fresh = replace(fresh, dependencies=(draw(st.sampled_from(live)),))
        old = state.resources.get(fresh.urn)
        step: list[JournalEntry]
        match draw(st.sampled_from(["put", "replace", "remove", "clear", "begin", "end", "rename"])):
            case "replace" if old is not None:
                step = [PendingDelete(resource=old), ResourceRecorded(resource=fresh)]
            case "remove" if old is not None:
                step = [ResourceRemoved(urn=old.urn, id=old.id)]
            case "clear" if state.pending_deletes:
                gone = draw(st.sampled_from(state.pending_deletes))
                step = [ResourceRemoved(urn=gone.urn, id=gone.id)]
            case "begin":
                step = [
                    OperationBegan(
                        operation=PendingOperation(operation_id=str(number), kind="creating", resource=fresh)
                    )
                ]
            case "end" if state.pending_operations:
                step = [OperationEnded(operation_id=draw(st.sampled_from(sorted(state.pending_operations))))]
            case "rename" if old is not None:
                new = f"{old.urn}-{number}"
                step = [ResourceRecorded(resource=replace(old, urn=new), formerly=old.urn)]
            case _:
                step = [ResourceRecorded(resource=fresh if old is None else replace(fresh, id=old.id))]
        state.apply(step)
        events += step
    return events
