"""The ledger: each record is written once, and read as it was written. DEL-4."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.releases import ledger as ledgers
from cli.releases.errors import (
    LedgerConflictError,
    LedgerCorruptError,
    LedgerMissingError,
    LedgerUnreachableError,
)
from cli.releases.ledger import ReleaseLedger, open_ledger
from cli.releases.release import IllegalTransitionError, ReleaseState
from stacks.names import Layer
from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.releases import event, inputs, start
from tests.support.worlds.fake_world import OUTPUTS, fake_world

__all__ = ["_aws_settings", "dynamodb", "policy_table"]
TABLE = "releases"


@pytest.fixture
def ledger(dynamodb: Any) -> ReleaseLedger:
    return ReleaseLedger(dynamodb, TABLE)


def test_releases_are_read_as_they_were_written(ledger: ReleaseLedger) -> None:
    """In the order of their numbers, each with its events in theirs."""
    assert ledger.releases() == ()
    first = ledger.begin(1, start())
    first = ledger.record(first, event(ReleaseState.APPLIED, policy_version="v"))
    first = ledger.record(first, event(ReleaseState.SUCCEEDED))
    second = ledger.begin(2, start(held=True, back_to=1))
    assert ledger.releases() == (first, second)


def test_a_number_is_taken_once(ledger: ReleaseLedger) -> None:
    """Of two commands with one number, the second is told, and nothing of the first is changed."""
    first = ledger.begin(1, start(actor="ada"))
    with pytest.raises(LedgerConflictError, match="another command wrote release 1 at the same time"):
        ledger.begin(1, start(actor="bob"))
    assert ledger.releases() == (first,)


def test_an_event_is_written_once(ledger: ReleaseLedger) -> None:
    """Who still holds an old state of the release cannot write over what came of it."""
    old = ledger.begin(1, start())
    new = ledger.record(old, event(ReleaseState.INTERRUPTED))
    with pytest.raises(LedgerConflictError):
        ledger.record(old, event(ReleaseState.APPLIED))
    with pytest.raises(IllegalTransitionError):
        ledger.record(new, event(ReleaseState.APPLIED))
    assert ledger.releases() == (new,)


def test_documents_are_named_by_their_content(ledger: ReleaseLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any size, in parts; storing one twice is no failure."""
    monkeypatch.setattr(ledgers, "PART_BYTES", 100)
    document = json.dumps([os.urandom(200).hex()])
    name = ledger.store(document)
    assert ledger.store(document) == name
    assert ledger.load(name) == document


def test_what_was_altered_is_refused(ledger: ReleaseLedger, dynamodb: Any) -> None:
    """A document whose hash is another, one that is gone, a record that cannot be read, a number left out."""
    found = ledger.begin(1, start(inputs=ledger.store(inputs().document)))
    assert ledger.inputs(found) == inputs()
    items = dynamodb.scan(TableName=TABLE)["Items"]
    document = next(item for item in items if item["pk"]["S"].startswith("document#"))
    other = ledger.store(inputs(images={}).document)
    stolen = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": f"document#{other}"}, "sk": {"S": "0000"}})[
        "Item"
    ]
    dynamodb.put_item(TableName=TABLE, Item={**document, "body": stolen["body"]})
    with pytest.raises(LedgerCorruptError, match="is not as it was written"):
        ledger.inputs(found)
    dynamodb.delete_item(TableName=TABLE, Key={"pk": document["pk"], "sk": document["sk"]})
    with pytest.raises(LedgerCorruptError):
        ledger.inputs(found)
    ledger.begin(3, start())
    with pytest.raises(LedgerCorruptError, match="the count of releases"):
        ledger.releases()
    key = {"pk": {"S": "release"}, "sk": {"S": "00000001#000"}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "body": {"S": "{}"}})
    with pytest.raises(LedgerCorruptError, match="release 1 in the table"):
        ledger.releases()


def test_failures_of_aws_are_told(dynamodb: Any) -> None:
    """A table that is gone is named as that, anything else by AWS's own word."""
    with pytest.raises(LedgerMissingError, match="`nowhere` is gone"):
        ReleaseLedger(dynamodb, "nowhere").releases()

    class Denied:
        exceptions = dynamodb.exceptions

        def query(self, **_: Any) -> None:

            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Query")

    with pytest.raises(LedgerUnreachableError, match="AccessDeniedException"):
        ReleaseLedger(Denied(), TABLE).releases()


def test_the_ledger_is_the_platforms(dynamodb: Any, tmp_path: Any) -> None:
    """Its table is an output of that layer, and it is reached with the world's client."""
    world = fake_world(tmp_path, clients={"dynamodb": dynamodb}, recorded=dict(OUTPUTS))
    platform = world.platform()
    assert platform is not None
    assert open_ledger(world, platform).table == OUTPUTS[Layer.PLATFORM]["release_table_name"]
