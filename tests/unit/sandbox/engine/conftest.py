"""An engine over a world in memory, for each test anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.state.store import StateStore
from tests.support.engine.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the engine keeps its states."""
    return tmp_path / "stacks"


@pytest.fixture
def engine(world: World, folder: Path) -> Engine:
    return Engine(world, StateStore(folder))
