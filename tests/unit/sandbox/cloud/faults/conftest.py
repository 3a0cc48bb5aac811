"""The fixtures of this folder's tests."""

from __future__ import annotations

from tests.support.emulator.applications import environ, recorder

__all__ = ["environ", "recorder"]
