"""The folder of states: checkpoints replaced whole, journals replayed over them."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.engine.errors import StateError
from sandbox.engine.state.entries import PendingDelete, ResourceRecorded
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import SecretValue
from tests.support.engine.values import ROOT, thing

STACK = "test-layer"
THING_A = thing("a", inputs={"size": 1})


def test_has_an_empty_state_for_an_unknown_stack(tmp_path: Path) -> None:
    """A stack never deployed has no resources and no outputs, and looking makes no file."""
    store = StateStore(tmp_path / "stacks")
    assert store.load(STACK) == StackState()
    assert store.load(STACK).outputs() is None
    assert store.stacks() == []
    assert list(tmp_path.iterdir()) == []


def test_loads_what_was_recorded_and_never_closed(tmp_path: Path) -> None:
    """A journal that its process never closed is replayed over the checkpoint."""
    store = StateStore(tmp_path)
    first = store.open(STACK)
    first.record(ResourceRecorded(resource=ROOT))
    first.close()
    store.open(STACK).record(ResourceRecorded(resource=THING_A))
    assert store.load(STACK).resources == {ROOT.urn: ROOT, THING_A.urn: THING_A}


def test_closing_leaves_one_checkpoint(tmp_path: Path) -> None:
    """After a run there are the checkpoint and its copy alone, with everything in it."""
    store = StateStore(tmp_path)
    journal = store.open(STACK)
    journal.record(ResourceRecorded(resource=THING_A))
    journal.close()
    assert {path.name for path in tmp_path.iterdir()} == {f"{STACK}.json", f"{STACK}.bak"}
    assert StateStore(tmp_path).load(STACK).resources == {THING_A.urn: THING_A}


def test_ignores_a_journal_that_the_checkpoint_has_already(tmp_path: Path) -> None:
    """Killed between writing the checkpoint and removing the journal, a run has lost and doubled nothing."""
    store = StateStore(tmp_path)
    journal = store.open(STACK)
    old, new = thing("a", "a-1"), thing("a", "a-2")
    journal.record(ResourceRecorded(resource=old))
    journal.record(PendingDelete(resource=old), ResourceRecorded(resource=new))
    lines = (tmp_path / f"{STACK}.journal").read_bytes()
    journal.close()
    (tmp_path / f"{STACK}.journal").write_bytes(lines)
    state = store.load(STACK)
    assert state.resources == {new.urn: new}
    assert state.pending_deletes == [old]


def test_a_draft_left_behind_does_no_harm(tmp_path: Path) -> None:
    """A checkpoint half written by a killed process is no part of the next one, however long it is."""
    (tmp_path / f"{STACK}.draft").write_text("x" * 100_000)
    store = StateStore(tmp_path)
    store.open(STACK).record(ResourceRecorded(resource=THING_A))
    assert json.loads((tmp_path / f"{STACK}.json").read_text())["version"] == 3
    assert store.load(STACK).resources == {THING_A.urn: THING_A}
    assert store.stacks() == [STACK]


def test_opening_makes_the_stack_known(tmp_path: Path) -> None:
    """A stack is known from the moment that it is opened: killed right after, it is found."""
    store = StateStore(tmp_path / "stacks")
    store.open(STACK)
    assert store.stacks() == [STACK]


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """States hold secrets: folder and files are closed to others, whatever the umask."""
    before = os.umask(0)
    try:
        store = StateStore(tmp_path / "stacks")
        journal = store.open(STACK)
        journal.record(ResourceRecorded(resource=THING_A))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "stacks").iterdir()}
        journal.close()
    finally:
        os.umask(before)
    assert modes == {f"{STACK}.{kind}": 0o600 for kind in ("json", "bak", "journal")}
    assert stat.S_IMODE((tmp_path / "stacks").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 2, "deployment": {}}',
        '{"version": 3}',
        '{"version": 3, "deployment": {"resources": [{"urn": "x"}]}}',
        '{"version": 3, "deployment": {"resources": [1]}}',
        '{"version": 3, "deployment": {"resources": [{"urn": "x", "type": "y", "custom": true}]}}',
    ],
)
def test_refuses_a_broken_checkpoint(content: str, tmp_path: Path) -> None:
    """A file that is no checkpoint is an error that names it, never an empty state."""
    path = tmp_path / f"{STACK}.json"
    path.write_text(content)
    with pytest.raises(StateError) as caught:
        StateStore(tmp_path).load(STACK)
    assert caught.value.path == path
    assert caught.value.hint == "run `myelin down` to start from nothing"


def test_writes_the_time_it_is_given(tmp_path: Path) -> None:
    """The checkpoint's time is the injected clock's."""
    StateStore(tmp_path, now=lambda: "2026-11-22T00:00:00+00:00").open(STACK)
    document = json.loads((tmp_path / f"{STACK}.json").read_text())
    assert document["deployment"]["manifest"]["time"] == "2026-11-22T00:00:00+00:00"


def test_changes_of_a_state_leave_others_alone(tmp_path: Path) -> None:
    """What is loaded is the reader's own; a journal's snapshot does not change with later entries."""
    store = StateStore(tmp_path)
    journal = store.open(STACK)
    journal.record(ResourceRecorded(resource=THING_A))
    before = journal.snapshot()
    journal.record(ResourceRecorded(resource=replace(THING_A, id="a-1")))
    assert before.resources == {THING_A.urn: THING_A}


def test_refuses_a_journal_that_leaves_a_broken_state(tmp_path: Path) -> None:
    """What no run records is an error that names the file and the invariant, not something to go on from."""
    store = StateStore(tmp_path)
    store.open(STACK).record(ResourceRecorded(resource=replace(THING_A, id="")))
    with pytest.raises(StateError, match="breaks invariant 2: ") as caught:
        store.load(STACK)
    assert caught.value.path == tmp_path / f"{STACK}.journal"
    assert caught.value.hint == "run `myelin down` to start from nothing"


def test_has_the_outputs_and_the_number_of_resources(tmp_path: Path) -> None:
    """Secrets are bare in the outputs; components and what was only read do not count."""
    store = StateStore(tmp_path)
    assert (store.outputs(STACK), store.resource_count(STACK)) == (None, 0)
    root = replace(ROOT, outputs={"a": SecretValue(1)})
    read = thing("read", external=True)
    store.open(STACK).record(*(ResourceRecorded(resource=item) for item in (root, THING_A, read)))
    assert (store.outputs(STACK), store.resource_count(STACK)) == ({"a": 1}, 1)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\xff", b'{"version": 3, "deployment": {'])
def test_a_lost_or_broken_checkpoint_is_put_back(tmp_path: Path, content: bytes | None) -> None:
    """It is never taken for an empty one: it is refused by name, until its copy has been put back."""
    store, path = StateStore(tmp_path), tmp_path / f"{STACK}.json"
    journal = store.open(STACK)
    journal.record(ResourceRecorded(resource=THING_A))
    journal.close()
    path.unlink() if content is None else path.write_bytes(content)
    assert store.stacks() == [STACK]
    with pytest.raises(StateError, match=re.escape(str(path))) as refused:
        store.load(STACK)
    assert refused.value.hint == "`myelin up` puts back the copy that lies beside it"
    assert store.restore() == [path]
    assert store.load(STACK).resources == {THING_A.urn: THING_A}
    assert store.restore() == []


def test_without_a_whole_copy_nothing_is_put_back(tmp_path: Path) -> None:
    """The broken file stays, and says what there is to do instead."""
    store = StateStore(tmp_path)
    store.open(STACK).close()
    for suffix in ("json", "bak"):
        (tmp_path / f"{STACK}.{suffix}").write_text("{")
    assert store.restore() == []
    with pytest.raises(StateError) as refused:
        store.load(STACK)
    assert refused.value.hint == "run `myelin down` to start from nothing"
