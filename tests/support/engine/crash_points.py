"""Takes the state folder and the provider as a SIGKILL would leave them, at every point of a run.

Points that leave the same are one death: what comes after is told nothing else of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.engine.engine import Engine
from sandbox.engine.state.entries import JournalEntry
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider


@dataclass(frozen=True, kw_only=True)
class CrashPoint:
    """What is left when a process dies: the files of the state folder, and what the provider keeps.

    `torn` is the length of the journal's last line, where the process died writing it.
    """

    files: dict[str, bytes]
    provider: bytes
    torn: int = 0


class _WatchedJournal:
    """A journal that lets nothing else happen while a line is written, and looks before and after."""

    def __init__(self, journal: Journal, watch: CrashPoints) -> None:
        self._journal = journal
        self._watch = watch

    def record(self, *events: JournalEntry) -> None:
        with self._watch.provider.lock:
            self._watch.take("before a line")
            before = self._watch.journal_size()
            self._journal.record(*events)
            self._watch.take("after a line", torn=self._watch.journal_size() - before)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)


class _WatchedStore(StateStore):
    def __init__(self, folder: Path, watch: CrashPoints) -> None:
        super().__init__(folder)
        self._watch = watch

    def open(self, stack: str) -> Any:
        return _WatchedJournal(super().open(stack), self._watch)


class CrashPoints:
    """Runs an engine and collects what each possible death would leave."""

    def __init__(self, provider: MemoryProvider, folder: Path) -> None:
        self.provider = provider
        self.folder = folder
        self.all: list[CrashPoint] = []
        self.labels: set[str] = set()
        """Of every point, those that left the same as the one before included."""

    @contextmanager
    def collected(self) -> Iterator[Engine]:
        """Give an engine; what is done with it is looked at from point to point."""
        self.provider.point = lambda label: self.take(f"{label} a call")
        try:
            yield Engine(self.provider, _WatchedStore(self.folder, self))
        finally:
            self.provider.point = lambda _label: None

    def take(self, label: str, *, torn: int = 0) -> None:
        files = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        crash = CrashPoint(files=files, provider=self.provider.save(), torn=torn)
        self.labels.add(label)
        if not self.all or (crash.files, crash.provider) != (self.all[-1].files, self.all[-1].provider):
            self.all.append(crash)

    def journal_size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("*.journal"))

    def leave(self, crash: CrashPoint, *, cut: int = 0) -> Engine:
        """Put back what a death left, without the last `cut` bytes of the journal; give a new engine."""
        assert cut <= crash.torn
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        for name, content in crash.files.items():
            end = len(content) - cut if name.endswith(".journal") else len(content)
            (self.folder / name).write_bytes(content[:end])
        self.provider.restore(crash.provider)
        return Engine(self.provider, StateStore(self.folder))
