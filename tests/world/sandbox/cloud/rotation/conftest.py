"""The fixtures of this folder's tests; they stand in tests/support/functions/emulated_lambda.py."""

from __future__ import annotations

from tests.support.functions.emulated_lambda import aws, box, create

__all__ = ["aws", "box", "create"]
