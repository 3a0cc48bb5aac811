"""The journal of a run: one line for each group of events, written before the next step may begin.

    begin creating X        a line with OperationBegan
    ... AWS calls ...       a kill here leaves X pending: the next run does the step again under the same id
    created X               a line with OperationEnded and Recorded: no kill can come between them

A last line that was cut off is ignored when read, which leaves its step pending.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.engine.errors import StateError
from sandbox.engine.state import checkpoint
from sandbox.engine.state.stack_state import (
    JournalEntry,
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    Recorded,
    Removed,
    StackState,
)
from sandbox.engine.values.resource import ResourceState

OWNER_ONLY = 0o600
"""States hold secrets."""


class Journal:
    """One stack's state while a run changes it; safe to use from several threads."""

    def __init__(
        self, path: Path, state: StackState, keep_ignored_inputs: Callable[[StackState], None]
    ) -> None:
        """Begin with a state that was just written as a checkpoint; `settle` writes the next one."""
        self._state = state
        self._settle = keep_ignored_inputs
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
        self._size = os.fstat(self._file).st_size

    def record(self, *events: JournalEntry) -> None:
        """Take events in as one: either all are recorded, or none; raises OSError when there is no room."""
        line = (json.dumps([_write_event(event) for event in events]) + "\n").encode()
        with self._lock:
            self._append(line)
            self._state.apply(events)

    def get(self, urn: str) -> ResourceState | None:
        """Give the live resource with a URN."""
        with self._lock:
            return self._state.resources.get(urn)

    def find(self, urns: Iterable[str], *, custom: bool) -> ResourceState | None:
        """Give the first of these URNs that is live as a resource of that kind."""
        with self._lock:
            return self._state.find(urns, custom=custom)

    def snapshot(self) -> StackState:
        """Copy the state with everything recorded so far."""
        with self._lock:
            return self._state.copy()

    def close(self) -> None:
        """Write the state as a checkpoint."""
        with self._lock:
            os.close(self._file)
            self._settle(self._state)

    def _append(self, line: bytes) -> None:
        """Write a line whole, or take back what a full disk left of it: later lines would be lost with it."""
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)


def read_journal(path: Path) -> Iterator[JournalEntry]:
    """Read the events of the lines that were written to their end; raises StateError for a broken one."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            yield from [_read_event(entry) for entry in json.loads(line)]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(path, str(error), line=number) from error


def _write_event(event: JournalEntry) -> dict[str, Any]:
    match event:
        case OperationBegan(operation=operation):
            return {
                "event": "began",
                "id": operation.operation_id,
                "kind": operation.kind,
                "resource": checkpoint.dump_resource(operation.resource),
            }
        case OperationEnded(operation_id=operation_id):
            return {"event": "ended", "id": operation_id}
        case Recorded(resource=resource, formerly=formerly):
            return {"event": "put", "resource": checkpoint.dump_resource(resource), "formerly": formerly}
        case PendingDelete(resource=resource):
            return {"event": "pending_delete", "resource": checkpoint.dump_resource(resource)}
        case Removed(urn=urn, id=identity):
            return {"event": "removed", "urn": urn, "id": identity}


def _read_event(entry: Mapping[str, Any]) -> JournalEntry:
    match entry["event"]:
        case "began":
            resource = checkpoint.load_resource(entry["resource"])
            return OperationBegan(
                operation=PendingOperation(operation_id=entry["id"], kind=entry["kind"], resource=resource)
            )
        case "ended":
            return OperationEnded(operation_id=entry["id"])
        case "put":
            return Recorded(resource=checkpoint.load_resource(entry["resource"]), formerly=entry["formerly"])
        case "pending_delete":
            return PendingDelete(resource=checkpoint.load_resource(entry["resource"]))
        case "removed":
            return Removed(urn=entry["urn"], id=entry["id"])
        case other:
            raise ValueError(f"unknown event `{other}`")
