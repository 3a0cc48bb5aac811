"""The fixtures of this folder's tests; they stand in tests/support/services/fixtures.py."""

from __future__ import annotations

from tests.support.services.fixtures import (
    aws,
    aws_endpoint,
    clock,
    lines,
    own_logs,
    secrets,
    start_service,
    start_shared_service,
)

__all__ = [
    "aws",
    "aws_endpoint",
    "clock",
    "lines",
    "own_logs",
    "secrets",
    "start_service",
    "start_shared_service",
]
