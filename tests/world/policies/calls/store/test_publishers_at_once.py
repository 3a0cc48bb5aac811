"""Publishers that race each other over one table."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from policies.calls.store.errors import PublishConflictError
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import root_from
from sandbox.cloud.emulator.emulator import Emulator
from tests.support.governance.publishing import publish

CATALOGUE = Catalogue(services=("axon", "orbit"))


@pytest.fixture
def server(dynamodb: Any) -> Iterator[str]:
    # the emulator gives DynamoDB one call at a time; moto's own server can tear a transaction in two
    emulator = Emulator(ping=dict, status=dict, shutdown=lambda: None, token="", preloaded=())
    emulator.start()
    yield emulator.endpoint
    emulator.stop()


def test_of_publishers_at_once_each_wins_once_or_learns_why_not(
    dynamodb: Any, policy: Any, server: str
) -> None:
    """Eight threads publish sets of their own: as many moves succeed as the sequence says."""
    start = threading.Barrier(8)

    def attempt(number: int) -> str | None:
        client = boto3.client("dynamodb", endpoint_url=server)
        start.wait(timeout=30)
        try:
            published = publish("policies", policy.sources(policy(f"p{number}")), CATALOGUE, client)
        except PublishConflictError:
            return None
        return published.version

    with ThreadPoolExecutor(8) as pool:
        won = [version for version in pool.map(attempt, range(8)) if version]
    client = boto3.client("dynamodb", endpoint_url=server)
    now = PolicyStore(client, "policies").pointer()
    assert now is not None
    assert now.version in won
    assert now.sequence == len(won)
    root_from(PolicyStore(client, "policies").load("root", now.version))
