"""How long it takes to publish one policy more, and how many items that writes, in sets of several sizes.

The store is the sandbox's DynamoDB. The change goes the way that `myelin policy put` goes in the admin
function: check, revise, run the cases, one transaction with its audit entry.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from policies.calls.changing.editing import ChangeRequest, Editor
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.catalogue import Catalogue
from sandbox.cloud import host as hosts
from tests.benchmarks.governance import rules
from tests.support.governance.publishing import publish
from tests.support.paths import ROOT

SIZES = (100, 10_000, 100_000)
_ONE = """@id("one-more")
@reason("what is measured")
permit (principal == Service::"orbit", action == Action::"reason", resource == Service::"ledger")
when { context has tenant && context.tenant == "%s" };"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """Of one size: the first publish of the whole set, and a change of one policy in it."""

    policies: int
    whole_seconds: float
    one_seconds: float
    one_items: int


class _Writes:
    """Counts the items that a client writes."""

    def __init__(self, client: Any) -> None:
        self.items = 0
        client.meta.events.register("provide-client-params.dynamodb", self._count)

    def _count(self, params: dict[str, Any], **_: Any) -> None:
        self.items += sum("Put" in item or "Update" in item for item in params.get("TransactItems", ()))
        self.items += sum(len(batch) for batch in params.get("RequestItems", {}).values())
        self.items += "Item" in params


def measure_publishing(folder: Path, *, rounds: int) -> list[Publishing]:
    """Publish sets of each size into tables of their own."""
    host = hosts.start(folder, hosts.HostOptions(images=ROOT / "services" / "images.toml", project_root=ROOT))
    try:
        session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
        client = session.client(
            "dynamodb", endpoint_url=host.endpoint, config=Config(retries={"total_max_attempts": 1})
        )
        return [_publishing(client, size, rounds) for size in SIZES]
    finally:
        hosts.stop(folder)


def _publishing(client: Any, size: int, rounds: int) -> Publishing:
    table = f"policies-{size}"
    _make_table(client, table)
    rule_set = rules.rule_set(size)
    sources = rule_set.sources()
    started = time.perf_counter()
    publish(table, sources, Catalogue(services=rules.services(rule_set)), client)
    whole = time.perf_counter() - started
    editor = Editor(PolicyStore(client, table), PolicyLedger(client, table))
    times, writes = [], _Writes(client)
    for number in range(rounds):
        started = time.perf_counter()
        editor.put("one-more", _ONE % number, ChangeRequest(actor="measured"))
        times.append(time.perf_counter() - started)
    return Publishing(
        policies=size,
        whole_seconds=whole,
        one_seconds=max(times),
        one_items=-(-writes.items // rounds),
    )


def _make_table(client: Any, name: str) -> None:
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
