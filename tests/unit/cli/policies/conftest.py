"""The admin function behind a loopback URL, with two published versions, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cli.policies.admin_client import PolicyAdmin
from tests.support.governance.admin_api import ADA, FUNCTION, administered, first_version, written
from tests.support.governance.fake_sts import URL, credentials_of
from tests.support.governance.fixtures import (
    SCHEMA,
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
from tests.support.governance.recording_admin import recording_admin

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


@pytest.fixture
def admin(dynamodb: Any) -> Iterator[PolicyAdmin]:
    """Its first version has `no-erase` and the permit of a declared call, its current one `other`, too."""
    first_version(dynamodb, SCHEMA)
    function = administered()
    assert function("PUT", "/policies/other", {"text": written("other")})[0] == 200
    with recording_admin(function) as recorded:
        client = PolicyAdmin(recorded.url, credentials_of(ADA), "us-east-1", audience=FUNCTION, sts=URL)
        yield client
        client.close()
