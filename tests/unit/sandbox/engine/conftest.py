"""An engine over a provider in memory, for each test anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider


@pytest.fixture
def provider() -> MemoryProvider:
    return MemoryProvider()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the engine keeps its states."""
    return tmp_path / "stacks"


@pytest.fixture
def store(folder: Path) -> StateStore:
    return StateStore(folder)


@pytest.fixture
def engine(provider: MemoryProvider, store: StateStore) -> Engine:
    return Engine(provider, store)
