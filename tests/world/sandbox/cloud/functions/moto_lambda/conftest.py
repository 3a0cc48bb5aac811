"""The fixtures of this folder's tests."""

from __future__ import annotations

from tests.support.functions.emulated_lambda import aws, box, create

__all__ = ["aws", "box", "create"]
