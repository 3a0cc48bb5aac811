"""Calls to DynamoDB for one table: reads are strongly consistent, errors of AWS are raised as StoreError."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from policies.calls.store.errors import StoreMissingError, StoreUnreachableError

DynamoItem = dict[str, Any]
"""An item, a key or a part of one, in DynamoDB's own form (`{"pk": {"S": "..."}}`)."""

_LASTING = {
    "ResourceNotFoundException": "the table does not exist",
    "AccessDeniedException": "access to the table is denied",
    "UnrecognizedClientException": "the credentials are not accepted",
    "ValidationException": "the table does not have the keys `pk` and `sk`",
}
_UNANSWERED: dict[type[BotoCoreError], str] = {
    ConnectTimeoutError: "no connection in time",
    ReadTimeoutError: "no answer in time",
    BotoConnectionError: "the connection failed",
    HTTPClientError: "the connection failed",
    NoCredentialsError: "there are no credentials",
}


class CancelledError(Exception):
    """A transaction was cancelled; `codes` has DynamoDB's reason for each step, or `None`."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class DynamoTable:
    """One DynamoDB table with the keys `pk` and `sk`."""

    def __init__(self, client: Any, name: str) -> None:
        """`client` is a DynamoDB client."""
        self._client = client
        self.name = name

    def get(self, key: DynamoItem) -> DynamoItem | None:
        """An item by its key, or None."""
        try:
            answer = self._client.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        found: DynamoItem | None = answer.get("Item")
        return found

    def put_batch(self, items: list[DynamoItem]) -> list[DynamoItem]:
        """Put at most 25 items; returns those that DynamoDB did not put."""
        requests = [{"PutRequest": {"Item": item}} for item in items]
        try:
            answer = self._client.batch_write_item(RequestItems={self.name: requests})
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        undone = answer.get("UnprocessedItems", {}).get(self.name, [])
        return [request["PutRequest"]["Item"] for request in undone]

    def transact(self, steps: list[DynamoItem]) -> None:
        """Do all steps or none. Raises CancelledError if a condition fails or another transaction interferes.

        A step is an element of `TransactItems` without its table.
        """
        named = [{kind: {"TableName": self.name, **what} for kind, what in step.items()} for step in steps]
        try:
            self._client.transact_write_items(TransactItems=named)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = error.response.get("CancellationReasons", [])
            raise CancelledError(tuple(str(reason.get("Code")) for reason in reasons)) from error
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error

    def query(
        self, pk: str, *, after: str = "", before: str = "~", limit: int, newest: bool = False
    ) -> list[DynamoItem]:
        """At most `limit` items of a partition with `after` < sk < `before`, by sk; `newest`: downwards."""
        found: list[DynamoItem] = []
        start: DynamoItem | None = None
        while len(found) < limit:
            try:
                answer = self._client.query(
                    TableName=self.name,
                    KeyConditionExpression="pk = :pk AND sk BETWEEN :after AND :before",
                    ExpressionAttributeValues={
                        ":pk": {"S": pk},
                        ":after": {"S": after or " "},
                        ":before": {"S": before},
                    },
                    ConsistentRead=True,
                    ScanIndexForward=not newest,
                    Limit=limit + 2,
                    **({"ExclusiveStartKey": start} if start else {}),
                )
            except (ClientError, BotoCoreError) as error:
                raise self._translated(error) from error
            # BETWEEN includes its ends
            found += [item for item in answer["Items"] if item["sk"]["S"] not in (after, before)]
            start = answer.get("LastEvaluatedKey")
            if not start:
                break
        return found[:limit]

    def scan(self, *attributes: str) -> Iterator[DynamoItem]:
        """Every item of the table, with only these attributes."""
        names = {f"#{number}": name for number, name in enumerate(attributes)}
        start: DynamoItem | None = None
        while True:
            try:
                answer = self._client.scan(
                    TableName=self.name,
                    ProjectionExpression=", ".join(names),
                    ExpressionAttributeNames=names,
                    ConsistentRead=True,
                    **({"ExclusiveStartKey": start} if start else {}),
                )
            except (ClientError, BotoCoreError) as error:
                raise self._translated(error) from error
            yield from answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if not start:
                return

    def put(self, item: DynamoItem) -> None:
        """Put one item, over the one with the same key."""
        try:
            self._client.put_item(TableName=self.name, Item=item)
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error

    def put_larger(self, item: DynamoItem, attribute: str) -> None:
        """Put an item, unless the stored one has the same or a larger number in this attribute."""
        try:
            self._client.put_item(
                TableName=self.name,
                Item=item,
                ConditionExpression="attribute_not_exists(#it) OR #it < :value",
                ExpressionAttributeNames={"#it": attribute},
                ExpressionAttributeValues={":value": item[attribute]},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error

    def delete_if(self, key: DynamoItem, attribute: str, value: DynamoItem) -> bool:
        """Delete an item if an attribute has this value; says whether it was deleted."""
        try:
            self._client.delete_item(
                TableName=self.name,
                Key=key,
                ConditionExpression="#it = :value",
                ExpressionAttributeNames={"#it": attribute},
                ExpressionAttributeValues={":value": value},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        return True

    def _translated(self, error: ClientError | BotoCoreError) -> StoreMissingError | StoreUnreachableError:
        if isinstance(error, ClientError):
            code = error.response.get("Error", {}).get("Code", "unknown")
            if code in _LASTING:
                return StoreMissingError(
                    f"the policy table `{self.name}` cannot be used: {_LASTING[code]}",
                    table=self.name,
                    hint="deploy the platform layer, which makes the table and the permissions",
                )
            detail = code
        else:
            detail = next(
                (words for kind, words in _UNANSWERED.items() if isinstance(error, kind)),
                "it cannot be asked",
            )
        return StoreUnreachableError(
            f"the policy table `{self.name}` did not answer: {detail}", table=self.name, hint="try again"
        )
