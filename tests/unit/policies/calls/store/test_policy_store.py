"""Documents are stored under the hash of their content, and verified when they are read."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.store.errors import StoreUnreachableError
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import item
from policies.calls.versions.errors import StoreCorruptError
from tests.support.governance.dynamo_recorder import DynamoRecorder, items_of
from tests.support.governance.publishing import publish

CATALOGUE = Catalogue(services=("axon", "orbit"))


def test_more_items_than_a_batch_takes_are_all_written(dynamodb: Any) -> None:
    """A batch holds 25; what DynamoDB leaves over is sent again after a wait."""
    waits: list[float] = []
    recorder = DynamoRecorder(dynamodb)
    left: list[Any] = []

    def half(**arguments: Any) -> Any:
        requests = arguments["RequestItems"]["policies"]
        if len(requests) > 10 and not left:
            left.extend(requests[10:])
            dynamodb.batch_write_item(RequestItems={"policies": requests[:10]})
            return {"UnprocessedItems": {"policies": requests[10:]}}
        return dynamodb.batch_write_item(**arguments)

    recorder.instead["batch_write_item"] = half
    items = [item("schema", f"schema {index}") for index in range(60)]
    store = PolicyStore(recorder, "policies", sleep=waits.append)
    assert store.write(items) == 60
    assert waits == [0.05]
    assert len(items_of(dynamodb)) == 60


def test_a_table_that_takes_nothing_is_given_up(dynamodb: Any) -> None:
    """After eight attempts with doubling waits the publish fails and says why."""
    waits: list[float] = []
    recorder = DynamoRecorder(dynamodb)
    recorder.instead["batch_write_item"] = lambda RequestItems: {"UnprocessedItems": RequestItems}  # noqa: N803
    with pytest.raises(StoreUnreachableError, match="left 1 items unwritten after 8 attempts"):
        PolicyStore(recorder, "policies", sleep=waits.append).write([item("schema", "x")])
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4]


@pytest.mark.parametrize("body", [{"S": "altered"}, {"N": "1"}, None])
def test_an_altered_document_is_refused(dynamodb: Any, policy: Any, body: Any) -> None:
    """Its name is the hash of its content, so a rule that is changed in the table is found."""
    version = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb).version
    key = {"pk": {"S": f"root#{version}"}, "sk": {"S": "body"}}
    dynamodb.put_item(TableName="policies", Item={**key, **({"body": body} if body else {})})
    with pytest.raises(StoreCorruptError, match=f"the root `{version}` was altered in the store"):
        PolicyStore(dynamodb, "policies").load("root", version)


def test_an_unreadable_pointer_is_refused(dynamodb: Any) -> None:
    """A pointer without a sequence is damage, not an empty store."""
    dynamodb.put_item(
        TableName="policies", Item={"pk": {"S": "pointer"}, "sk": {"S": "current"}, "version": {"S": "x"}}
    )
    with pytest.raises(StoreCorruptError, match="the pointer to the current version is not readable"):
        PolicyStore(dynamodb, "policies").pointer()
