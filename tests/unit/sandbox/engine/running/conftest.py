"""The parts of an update, over a provider in memory and a journal of an empty stack."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sandbox.engine.running.interrupted import InterruptedRun
from sandbox.engine.running.progress import Progress
from sandbox.engine.running.registrar import StepLog
from sandbox.engine.running.step_executor import StepExecutor
from sandbox.engine.state.journal import Journal
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK


@pytest.fixture
def journal(store: StateStore) -> Journal:
    return store.open(STACK)


@pytest.fixture
def journal_file(journal: Journal, folder: Path) -> Path:
    """Where the journal writes its lines."""
    return folder / f"{STACK}.journal"


@pytest.fixture
def log() -> StepLog:
    return StepLog()


@pytest.fixture
def cancelled() -> threading.Event:
    return threading.Event()


@pytest.fixture
def news() -> list[Progress]:
    """What a watcher heard."""
    return []


@pytest.fixture
def executor(
    journal: Journal, provider: MemoryProvider, news: list[Progress], cancelled: threading.Event
) -> StepExecutor:
    return StepExecutor(journal, provider, news.append, cancelled)


@pytest.fixture
def interrupted(journal: Journal, executor: StepExecutor, log: StepLog) -> InterruptedRun:
    """What a run that starts now finds: nothing was interrupted."""
    return InterruptedRun(journal.snapshot(), executor, log)
