"""The fixtures of this folder's tests."""

from __future__ import annotations

from tests.support.emulated_aws import aws, emulator

__all__ = ["aws", "emulator"]
