"""The fixtures of this folder's tests; they stand in tests/support/services/fixtures.py."""

from __future__ import annotations

from tests.support.services.fixtures import clock, lines, own_logs, secrets

__all__ = ["clock", "lines", "own_logs", "secrets"]
