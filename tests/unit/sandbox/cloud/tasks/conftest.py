"""The fixtures of this folder's tests; they stand in tests/support/tasks/fixtures.py."""

from __future__ import annotations

from tests.support.tasks.fixtures import aws, emulator, images, lines, runner

__all__ = ["aws", "emulator", "images", "lines", "runner"]
