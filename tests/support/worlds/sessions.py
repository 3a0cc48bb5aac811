"""Has commands work with a world of the test's, whatever project and environment they are about."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import pytest

from cli.session import Session
from cli.worlds.world import World


def use_world(monkeypatch: pytest.MonkeyPatch, make: Callable[[Session], World]) -> list[str]:
    """Open the world that `make` gives in place of an environment's own; gives the environments opened."""
    opened: list[str] = []

    def world(session: Session) -> World:
        opened.append(session.environment)
        return make(session)

    opening = cached_property(world)
    opening.__set_name__(Session, "world")
    monkeypatch.setattr(Session, "world", opening)
    return opened
