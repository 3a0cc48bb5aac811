"""The fixtures of this folder's tests; they stand in tests/support/functions/fixtures.py."""

from __future__ import annotations

from tests.support.functions.fixtures import configuration, deploy, invocation, sink, zipped

__all__ = ["configuration", "deploy", "invocation", "sink", "zipped"]
