"""The journal of a run: one line for each group of entries, written before the next step may begin.

    begin creating X        a line with OperationBegan
    ... AWS calls ...       a kill here leaves X pending: the next run does the step again under the same id
    created X               a line with OperationEnded and ResourceRecorded: no kill comes between

A last line that was cut off is ignored when read, which leaves its step pending.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox.engine.errors import StateError
from sandbox.engine.state.entries import JournalEntry
from sandbox.engine.state.resource_json import dump_entries, load_entries
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.resource import ResourceState

OWNER_ONLY = 0o600
"""States hold secrets."""


class Journal:
    """One stack's state while a run changes it; safe to use from several threads."""

    def __init__(self, path: Path, state: StackState, close: Callable[[StackState], None]) -> None:
        """Begin with a state that was just written as a checkpoint; `close` writes the next one."""
        self._state = state
        self._write_checkpoint = close
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
        self._size = os.fstat(self._file).st_size

    def record(self, *entries: JournalEntry) -> None:
        """Take entries in as one: either all are recorded, or none; raises OSError when there is no room."""
        line = (json.dumps(dump_entries(entries)) + "\n").encode()
        with self._lock:
            self._append(line)
            self._state.apply(entries)

    def get(self, urn: str) -> ResourceState | None:
        """Give the live resource with a URN."""
        with self._lock:
            return self._state.resources.get(urn)

    def snapshot(self) -> StackState:
        """Copy the state with everything recorded so far."""
        with self._lock:
            return self._state.copy()

    def close(self) -> None:
        """Write the state as a checkpoint."""
        with self._lock:
            os.close(self._file)
            self._write_checkpoint(self._state)

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
    """Read the entries of the lines that were written to their end; raises StateError for a broken one."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            entries = json.loads(line)
            if not isinstance(entries, list):
                raise TypeError("expected a list of entries")  # noqa: TRY301 - as for what is in the list
            yield from load_entries(entries)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(path, str(error), line=number) from error
