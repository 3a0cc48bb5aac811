"""One table of DynamoDB: its calls, and what its errors become."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from policies.calls.store.errors import StoreMissingError, StoreUnreachableError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.store.table import CancelledError, DynamoTable
from policies.calls.store.transaction import PointerMove
from policies.calls.trail.chain import AuditRecord
from policies.calls.versions.documents import item
from tests.support.governance.dynamo_recorder import DynamoRecorder, failing_with, items_of, void

RECORD = AuditRecord(actor="arn:aws:iam::123456789012:user/ada", action="publish")


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("ResourceNotFoundException", StoreMissingError, "cannot be used: the table does not exist"),
        ("AccessDeniedException", StoreMissingError, "cannot be used: access to the table is denied"),
        ("ProvisionedThroughputExceededException", StoreUnreachableError, "did not answer: Provisioned"),
        ("InternalServerError", StoreUnreachableError, "did not answer: InternalServerError"),
    ],
)
def test_what_aws_answers_becomes_one_of_two_errors(
    dynamodb: Any, code: str, kind: type[Exception], message: str
) -> None:
    """One kind will not pass by itself, the other may."""
    recorder = DynamoRecorder(dynamodb)
    for name in ("get_item", "batch_write_item", "transact_write_items"):
        recorder.instead[name] = failing_with(code)
    store = PolicyStore(recorder, "policies")
    for call in (
        store.pointer,
        lambda: void(store.load("root", "abc")),
        lambda: void(store.write([item("schema", "x")])),
        lambda: void(
            PolicyLedger(recorder, "policies").commit(RECORD, move=PointerMove(root="abc", expected=None))
        ),
    ):
        with pytest.raises(kind, match=message):
            call()


def test_a_request_that_can_not_be_sent_is_unreachable(dynamodb: Any) -> None:
    """Without credentials or connection there was no answer, so it may work later."""
    recorder = DynamoRecorder(dynamodb)

    def unsent(**_: Any) -> Any:
        raise NoCredentialsError

    recorder.instead["get_item"] = unsent
    with pytest.raises(StoreUnreachableError, match="did not answer: there are no credentials"):
        PolicyStore(recorder, "policies").pointer()
    refused = boto3.client(
        "dynamodb", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1})
    )
    with pytest.raises(StoreUnreachableError, match="did not answer: the connection failed"):
        PolicyStore(refused, "policies").pointer()


def test_a_transaction_is_done_whole_or_not_at_all(dynamodb: Any) -> None:
    """The step whose condition fails is told by its place; no other step was done."""
    table = DynamoTable(dynamodb, "policies")
    steps: list[dict[str, Any]] = [
        {"Put": {"Item": {"pk": {"S": "a"}, "sk": {"S": "1"}}}},
        {
            "Delete": {
                "Key": {"pk": {"S": "b"}, "sk": {"S": "1"}},
                "ConditionExpression": "attribute_exists(pk)",
            }
        },
    ]
    with pytest.raises(CancelledError) as caught:
        table.transact(steps)
    assert caught.value.codes == ("None", "ConditionalCheckFailed")
    assert items_of(dynamodb) == []
    table.transact(steps[:1])
    assert len(items_of(dynamodb)) == 1


def test_a_partition_is_read_between_two_sort_keys(dynamodb: Any) -> None:
    """Without these two, upwards or downwards, and at most as many as wanted."""
    table = DynamoTable(dynamodb, "policies")
    for number in range(6):
        table.put({"pk": {"S": "p"}, "sk": {"S": str(number)}})
    table.put({"pk": {"S": "q"}, "sk": {"S": "3"}})

    def keys(**bounds: Any) -> list[str]:
        return [found["sk"]["S"] for found in table.query("p", **bounds)]

    assert keys(limit=10) == ["0", "1", "2", "3", "4", "5"]
    assert keys(after="1", before="4", limit=10) == ["2", "3"]
    assert keys(after="0", limit=2) == ["1", "2"]
    assert keys(before="4", limit=2, newest=True) == ["3", "2"]


def test_an_item_is_put_or_deleted_only_as_it_was_found(dynamodb: Any) -> None:
    """The larger number wins, and a deletion names the value that it was decided by."""
    table = DynamoTable(dynamodb, "policies")
    key = {"pk": {"S": "p"}, "sk": {"S": "1"}}
    for number in (5, 3, 5):
        table.put_larger({**key, "n": {"N": str(number)}}, "n")
    assert table.get(key) == {**key, "n": {"N": "5"}}
    assert not table.delete_if(key, "n", {"N": "3"})
    assert table.delete_if(key, "n", {"N": "5"})
    assert table.get(key) is None
