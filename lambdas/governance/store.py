"""The policy store on DynamoDB: immutable documents named by their content, one pointer to the current root.

    pk                sk        attributes
    <kind>#<digest>   body      body (S)
    pointer           current   version (S), sequence (N), published_at (S)

A document is written before anything refers to it, and the pointer moves last, in a transaction that also
checks that its root is there. So a reader that follows the pointer finds one whole version or none:

    writer A   slices, manifests, root A ......... pointer: previous -> A
    writer B        slices, manifests, root B .................. pointer: previous -> B   refused, A is named
    reader                               pointer = previous            pointer = A
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
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

from lambdas.governance.documents import Item, Kind, digest
from lambdas.governance.errors import (
    PublishConflictError,
    StoreCorruptError,
    StoreMissingError,
    StoreUnreachableError,
)

# BatchWriteItem takes at most 25 items and 16 MB: 25 of our largest items are 9.5 MB
_BATCH = 25
_ATTEMPTS = 8
_POINTER = {"pk": {"S": "pointer"}, "sk": {"S": "current"}}
_DEFINITE = {
    "ResourceNotFoundException": "the table does not exist",
    "AccessDeniedException": "access to the table is denied",
    "UnrecognizedClientException": "the credentials are not accepted",
    "ValidationException": "the table does not have the keys `pk` and `sk`",
}

_UNSENT: dict[type[BotoCoreError], str] = {
    ConnectTimeoutError: "no connection in time",
    ReadTimeoutError: "no answer in time",
    BotoConnectionError: "the connection failed",
    HTTPClientError: "the connection failed",
    NoCredentialsError: "there are no credentials",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which version is current; `sequence` counts the moves, `published_at` is ISO 8601 in UTC."""

    version: str
    sequence: int
    published_at: str


class PolicyStore:
    """One policy table. Every error of AWS leaves it as a StoreError."""

    def __init__(self, client: Any, table: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """`client` is a DynamoDB client, `sleep` waits between attempts of a batch write."""
        self._client = client
        self._sleep = sleep
        self.table = table

    def pointer(self) -> Pointer | None:
        """The current version, or None before the first publish."""
        item = self._get(_POINTER)
        if item is None:
            return None
        try:
            return Pointer(
                version=item["version"]["S"],
                sequence=int(item["sequence"]["N"]),
                published_at=item["published_at"]["S"],
            )
        except (KeyError, ValueError) as error:
            raise StoreCorruptError(
                "the pointer to the current version is not readable", table=self.table
            ) from error

    def load(self, kind: Kind, name: str) -> str:
        """The body of a document, verified against its name. Raises StoreCorruptError when it is not that."""
        item = self._get(_key(kind, name))
        if item is None:
            raise StoreCorruptError(f"the {kind} `{name}` is not in the store", table=self.table)
        body = item.get("body", {}).get("S", "")
        if not isinstance(body, str) or digest(body) != name:
            raise StoreCorruptError(f"the {kind} `{name}` was altered in the store", table=self.table)
        return body

    def write(self, items: Iterable[Item]) -> int:
        """Put documents, in order; writing one again changes nothing. Returns how many were put."""
        written = 0
        remaining = iter(items)
        while batch := list(islice(remaining, _BATCH)):
            self._write_batch(batch)
            written += len(batch)
        return written

    def move(self, *, root: str, expected: Pointer | None, published_at: str) -> Pointer:
        """Make a stored root current if `expected` still is. Raises PublishConflictError when it is not."""
        moved = Pointer(
            version=root,
            sequence=1 if expected is None else expected.sequence + 1,
            published_at=published_at,
        )
        try:
            self._client.transact_write_items(TransactItems=self._moving(moved, expected))
        except self._client.exceptions.TransactionCanceledException as error:
            raise self._cancelled(error, root, expected) from error
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        return moved

    def _moving(self, moved: Pointer, expected: Pointer | None) -> list[dict[str, Any]]:
        root_is_stored = {
            "TableName": self.table,
            "Key": _key("root", moved.version),
            "ConditionExpression": "attribute_exists(pk)",
        }
        put: dict[str, Any] = {
            "TableName": self.table,
            "Item": {
                **_POINTER,
                "version": {"S": moved.version},
                "sequence": {"N": str(moved.sequence)},
                "published_at": {"S": moved.published_at},
            },
        }
        # the sequence tells apart a version that came back after a rollback from one that never left
        if expected is None:
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            put["ConditionExpression"] = "#version = :version AND #sequence = :sequence"
            put["ExpressionAttributeNames"] = {"#version": "version", "#sequence": "sequence"}
            put["ExpressionAttributeValues"] = {
                ":version": {"S": expected.version},
                ":sequence": {"N": str(expected.sequence)},
            }
        return [{"ConditionCheck": root_is_stored}, {"Put": put}]

    def _cancelled(self, error: ClientError, root: str, expected: Pointer | None) -> Exception:
        """Which of the two conditions failed; anything else that cancels a transaction may pass."""
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        if reasons[:1] == ["ConditionalCheckFailed"]:
            return StoreCorruptError(f"the root `{root}` is not in the store", table=self.table)
        found = self.pointer()
        if reasons[1:2] == ["ConditionalCheckFailed"] or found != expected:
            return PublishConflictError(
                table=self.table,
                expected=expected.version if expected else None,
                found=found.version if found else None,
            )
        return StoreUnreachableError(
            "the store could not move the pointer now", table=self.table, hint="publish again"
        )

    def _write_batch(self, batch: Sequence[Item]) -> None:
        requests = [
            {"PutRequest": {"Item": {**_key(item.kind, item.digest), "body": {"S": item.body}}}}
            for item in batch
        ]
        for delay in _delays():
            requests = self._put(requests)
            if not requests:
                return
            self._sleep(delay)
        raise StoreUnreachableError(
            f"the store left {len(requests)} items unwritten after {_ATTEMPTS} attempts",
            table=self.table,
            hint="the table is throttled; publish again later",
        )

    def _put(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Put a batch and return what DynamoDB left undone."""
        try:
            answer = self._client.batch_write_item(RequestItems={self.table: requests})
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        unprocessed: list[dict[str, Any]] = answer.get("UnprocessedItems", {}).get(self.table, [])
        return unprocessed

    def _get(self, key: dict[str, Any]) -> dict[str, Any] | None:
        try:
            answer = self._client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def _translated(self, error: ClientError | BotoCoreError) -> StoreMissingError | StoreUnreachableError:
        if isinstance(error, ClientError):
            code = error.response.get("Error", {}).get("Code", "unknown")
            if code in _DEFINITE:
                return StoreMissingError(
                    f"the policy table `{self.table}` can not be used: {_DEFINITE[code]}",
                    table=self.table,
                    hint="deploy the platform layer, which makes the table and the permissions",
                )
            detail = code
        else:
            detail = next(
                (words for kind, words in _UNSENT.items() if isinstance(error, kind)), "it can not be asked"
            )
        return StoreUnreachableError(
            f"the policy table `{self.table}` did not answer: {detail}", table=self.table, hint="try again"
        )


def _key(kind: Kind, name: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"{kind}#{name}"}, "sk": {"S": "body"}}


def _delays() -> Iterator[float]:
    """Seconds to wait after each attempt of a batch write: doubling from 50 ms."""
    return (0.05 * 2**attempt for attempt in range(_ATTEMPTS))
