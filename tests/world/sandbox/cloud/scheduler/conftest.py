"""The fixtures of this folder's tests."""

from __future__ import annotations

from tests.support.emulated_aws import aws, emulator
from tests.support.tasks.fixtures import images, lines, runner

__all__ = ["aws", "emulator", "images", "lines", "runner"]
