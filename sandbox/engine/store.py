"""Keeps each stack's state on disk so that a kill at any point loses nothing.

A stack has two files. `<stack>.json` is the last whole checkpoint. `<stack>.journal` has one line for each
group of events since then, written before the next step may begin:

    begin creating X        a line with Began
    ... AWS calls ...       a kill here leaves X pending: the next run does the step again under the same id
    created X               a line with Ended and Put together, so that no kill can come between them

Reading replays the journal over the checkpoint; a last line that was cut off is ignored, which leaves its
step pending. Writing a checkpoint replaces the file in one rename and then empties the journal.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sandbox.engine import checkpoint
from sandbox.engine.errors import StateError
from sandbox.engine.state import Began, Condemned, Ended, Event, Pending, Put, Removed, StackState


def _now() -> str:
    return datetime.now(UTC).isoformat()


class StateStore:
    """The states of all stacks of one sandbox, in one folder."""

    def __init__(self, folder: Path, *, now: Callable[[], str] = _now) -> None:
        """Use `folder`, which is made when first written to; `now` gives RFC 3339 times."""
        self._folder = folder
        self._now = now

    def load(self, stack: str) -> StackState:
        """Read a stack's state, empty when it has none; raises StateError for a file that is broken."""
        state = self._load_checkpoint(stack)
        journal = self._path(stack, "journal")
        if journal.exists():
            for number, line in enumerate(_whole_lines(journal), start=1):
                try:
                    state.apply(_read_event(entry) for entry in json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise StateError(f"{journal}:{number}", str(error)) from error
        return state

    def open(self, stack: str) -> Journal:
        """Read a stack's state for changing it; every change goes through the journal given back."""
        state = self.load(stack)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_checkpoint(stack, state)
        return Journal(self, stack, state)

    def stacks(self) -> list[str]:
        """Name the stacks that have a state."""
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def forget(self, stack: str) -> None:
        """Delete a stack's state."""
        for suffix in ("json", "journal"):
            self._path(stack, suffix).unlink(missing_ok=True)

    def _path(self, stack: str, suffix: str) -> Path:
        return self._folder / f"{stack}.{suffix}"

    def _load_checkpoint(self, stack: str) -> StackState:
        path = self._path(stack, "json")
        try:
            return checkpoint.load(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return StackState()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(str(path), str(error)) from error

    def _write_checkpoint(self, stack: str, state: StackState) -> None:
        path = self._path(stack, "json")
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        document = json.dumps(checkpoint.dump(state, time=self._now()), indent=1)
        with _append_to(draft) as file:
            file.write(document)
        draft.replace(path)
        self._path(stack, "journal").unlink(missing_ok=True)


class Journal:
    """One stack's state while a run changes it; safe to use from several threads."""

    def __init__(self, store: StateStore, stack: str, state: StackState) -> None:
        """Begin with a state that the store has just written as a checkpoint."""
        self._store = store
        self._stack = stack
        self._state = state
        self._lock = threading.Lock()
        self._file = _append_to(store._path(stack, "journal"))  # noqa: SLF001

    def record(self, *events: Event) -> None:
        """Take events in as one: either all are recorded, or none."""
        line = json.dumps([_write_event(event) for event in events])
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()
            self._state.apply(events)

    @property
    def state(self) -> StackState:
        """The state with everything recorded so far; hold no part of it across a `record`."""
        return self._state

    def close(self) -> None:
        """Write the state as a checkpoint and empty the journal."""
        with self._lock:
            self._file.close()
            self._store._write_checkpoint(self._stack, self._state)  # noqa: SLF001


def _append_to(path: Path) -> IO[str]:
    """Open a file that only its owner may read: states hold secrets."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")


def _whole_lines(path: Path) -> Iterable[str]:
    """Read the lines that were written to their end."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return text.split("\n")[:-1]


def _write_event(event: Event) -> dict[str, Any]:
    match event:
        case Began(pending=pending):
            return {
                "event": "began",
                "id": pending.operation_id,
                "kind": pending.kind,
                "resource": checkpoint.dump_resource(pending.resource),
            }
        case Ended(operation_id=operation_id):
            return {"event": "ended", "id": operation_id}
        case Put(resource=resource, formerly=formerly):
            return {"event": "put", "resource": checkpoint.dump_resource(resource), "formerly": formerly}
        case Condemned(resource=resource):
            return {"event": "condemned", "resource": checkpoint.dump_resource(resource)}
        case Removed(urn=urn, id=identity):
            return {"event": "removed", "urn": urn, "id": identity}


def _read_event(entry: Mapping[str, Any]) -> Event:
    match entry["event"]:
        case "began":
            resource = checkpoint.load_resource(entry["resource"])
            return Began(pending=Pending(operation_id=entry["id"], kind=entry["kind"], resource=resource))
        case "ended":
            return Ended(operation_id=entry["id"])
        case "put":
            return Put(resource=checkpoint.load_resource(entry["resource"]), formerly=entry["formerly"])
        case "condemned":
            return Condemned(resource=checkpoint.load_resource(entry["resource"]))
        case "removed":
            return Removed(urn=entry["urn"], id=entry["id"])
        case other:
            raise ValueError(f"unknown event `{other}`")
