"""The fixtures of this folder's tests."""

from __future__ import annotations

from tests.support.provider.world import endpoint, walk, world

__all__ = ["endpoint", "walk", "world"]
