"""The fixtures of this folder's tests; they stand in tests/support/governance/fixtures.py."""

from __future__ import annotations

from tests.support.governance.fixtures import (
    _aws_settings,
    clock,
    dynamodb,
    makers,
    memory,
    policy,
    policy_class,
    policy_table,
    shared_dynamodb,
)

__all__ = [
    "_aws_settings",
    "clock",
    "dynamodb",
    "makers",
    "memory",
    "policy",
    "policy_class",
    "policy_table",
    "shared_dynamodb",
]
