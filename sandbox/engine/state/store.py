"""Keeps each stack's state on disk so that a kill at any point loses nothing.

A stack has three files. `<stack>.json` is the last whole checkpoint. `<stack>.journal` has what happened
since then (journal.py). Reading replays the journal over the checkpoint. Writing a checkpoint replaces the
file in one rename and then removes the journal; after a kill between the two, the journal is replayed over
a checkpoint that has it already, which changes nothing. `<stack>.bak` is a copy of the checkpoint, written
just before it: where the checkpoint is lost or broken, `restore` puts the copy in its place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sandbox.engine.errors import InvariantError, StateError
from sandbox.engine.state import checkpoint
from sandbox.engine.state.journal import OWNER_ONLY, Journal, read_journal
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.properties import PropertyMap, reveal_properties

_RESTORABLE = "`myelin up` puts back the copy that lies beside it"


def _now() -> str:
    return datetime.now(UTC).isoformat()


class StateStore:
    """The states of all stacks of one sandbox, in one folder."""

    def __init__(self, folder: Path, *, now: Callable[[], str] = _now) -> None:
        """Use `folder`, which is made when first written to; `now` gives RFC 3339 times."""
        self._folder = folder
        self._now = now

    def load(self, stack: str) -> StackState:
        """Read a stack's state, empty when it has none.

        Raises StateError for a file that is broken, or that breaks an invariant of every state.
        """
        state = self._load_checkpoint(stack)
        journal = self._path(stack, "journal")
        state.apply(read_journal(journal))
        try:
            state.verify()
        except InvariantError as error:
            raise StateError(journal, error.message) from error
        return state

    def open(self, stack: str) -> Journal:
        """Read a stack's state for changing it; every change goes through the journal given back."""
        state = self.load(stack)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_checkpoint(stack, state)
        return Journal(
            self._path(stack, "journal"), state, lambda changed: self._write_checkpoint(stack, changed)
        )

    def restore(self) -> list[Path]:
        """Put copies in the place of checkpoints that are lost or broken; the files that were put back.

        A file for which there is no whole copy stays as it is, for `load` to refuse.
        """
        restored = []
        for backup in sorted(self._folder.glob("*.bak")):
            path = self._path(backup.stem, "json")
            if not _is_whole(path) and _is_whole(backup):
                self._replace(backup.stem, "json", backup.read_text(encoding="utf-8"))
                restored.append(path)
        return restored

    def forget(self, stack: str) -> None:
        """Remove all files of a stack."""
        for suffix in ("json", "bak", "journal", "draft"):
            self._path(stack, suffix).unlink(missing_ok=True)

    def outputs(self, stack: str) -> PropertyMap | None:
        """The recorded outputs of a stack with secrets bare, or None when it was never deployed."""
        recorded = self.load(stack).outputs()
        return None if recorded is None else reveal_properties(recorded)

    def resource_count(self, stack: str) -> int:
        """How many resources of the provider a stack has; components and what it only reads do not count."""
        resources = self.load(stack).resources.values()
        return sum(resource.custom and not resource.external for resource in resources)

    def stacks(self) -> list[str]:
        """Name the stacks that have a state."""
        return sorted({path.stem for kind in ("json", "bak") for path in self._folder.glob(f"*.{kind}")})

    def _path(self, stack: str, suffix: str) -> Path:
        return self._folder / f"{stack}.{suffix}"

    def _load_checkpoint(self, stack: str) -> StackState:
        path, backup = self._path(stack, "json"), self._path(stack, "bak")
        try:
            return _read_checkpoint(path)
        except FileNotFoundError as error:
            if not backup.exists():
                return StackState()
            raise StateError(path, "it is gone", hint=_RESTORABLE) from error
        except StateError as error:
            error.hint = _RESTORABLE if _is_whole(backup) else error.hint
            raise

    def _write_checkpoint(self, stack: str, state: StackState) -> None:
        document = json.dumps(checkpoint.dump(state, time=self._now()))
        self._replace(stack, "bak", document)
        self._replace(stack, "json", document)
        self._path(stack, "journal").unlink(missing_ok=True)

    def _replace(self, stack: str, suffix: str, document: str) -> None:
        """Put a document in the place of a file, in one rename."""
        draft = self._path(stack, "draft")
        # a killed run may have left a longer draft: what it holds has to go
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(document)
        draft.replace(self._path(stack, suffix))


def _read_checkpoint(path: Path) -> StackState:
    """Read a checkpoint's file; raises FileNotFoundError, and StateError for one that cannot be read."""
    try:
        return checkpoint.load(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise
    except (InvariantError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(path, str(error)) from error


def _is_whole(path: Path) -> bool:
    """Whether a file has a checkpoint."""
    try:
        _read_checkpoint(path)
    except (FileNotFoundError, StateError):
        return False
    return True
