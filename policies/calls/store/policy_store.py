"""The policy store in DynamoDB: immutable documents named by their content, a pointer to the current one.

    pk                sk             attributes
    <kind>#<digest>   body           body (S), written_at (S)
    pointer           current        version (S), sequence (N), published_at (S)
    was#<version>     current        at (S): when it became current             see transaction.py, also below
    audit             <number>       body (S), digest (S), signature (S)
    audit-head        current        sequence (N), digest (S)
    deployed          current        version (S)
    draft             <id>           body (S)
    nonce#<nonce>     used           expires_at (N)

A document is written before anything that refers to it, and a root last, in the transaction that moves the
pointer. So a root that exists is complete, and a reader that follows the pointer finds a whole version:

    writer A   slices, manifests .......... root A, pointer: previous -> A
    writer B        slices, manifests .............................. root B, pointer   refused, A is named
    reader                       pointer = previous            pointer = A
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from policies.calls.store.errors import StoreUnreachableError
from policies.calls.store.table import DynamoItem, DynamoTable
from policies.calls.versions.documents import DocumentKind, Item, digest
from policies.calls.versions.errors import StoreCorruptError

# BatchWriteItem takes at most 25 items and 16 MB: 25 of our largest items are 9.5 MB
_BATCH = 25
_ATTEMPTS = 8
POINTER_KEY: DynamoItem = {"pk": {"S": "pointer"}, "sk": {"S": "current"}}
"""The key of the pointer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which version is current; `sequence` counts its changes, `published_at` is ISO 8601 in UTC."""

    version: str
    sequence: int
    published_at: str


class PolicyStore:
    """The documents of one policy table, and its pointer. Every error of AWS is raised as a StoreError."""

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`client` is a DynamoDB client, `sleep` waits between attempts of a batch write."""
        self._table = DynamoTable(client, table)
        self._sleep = sleep
        self._now = now
        self.table = table

    def pointer(self) -> Pointer | None:
        """The current version, or None before the first publish."""
        item = self._table.get(POINTER_KEY)
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

    def load(self, kind: DocumentKind, name: str) -> str:
        """The body of a document. Raises StoreCorruptError if it is absent, or its hash is not its name."""
        item = self._table.get(document_key(kind, name))
        if item is None:
            raise StoreCorruptError(f"the {kind} `{name}` is not in the store", table=self.table)
        body = item.get("body", {}).get("S", "")
        if not isinstance(body, str) or digest(body) != name:
            raise StoreCorruptError(f"the {kind} `{name}` was altered in the store", table=self.table)
        return body

    def has_root(self, version: str) -> bool:
        """Whether a version is kept; a root that exists is complete."""
        return self._table.get(document_key("root", version)) is not None

    def write(self, items: Iterable[Item]) -> int:
        """Put documents; one that exists only gets a new `written_at`. Returns how many were put."""
        written = 0
        remaining = iter(items)
        while batch := list(islice(remaining, _BATCH)):
            self._write_batch([stored_document(item, self._now()) for item in batch])
            written += len(batch)
        return written

    def _write_batch(self, batch: list[DynamoItem]) -> None:
        for delay in _delays():
            batch = self._table.put_batch(batch)
            if not batch:
                return
            self._sleep(delay)
        raise StoreUnreachableError(
            f"the store left {len(batch)} items unwritten after {_ATTEMPTS} attempts",
            table=self.table,
            hint="the table is throttled; publish again later",
        )


def document_key(kind: DocumentKind, name: str) -> DynamoItem:
    """The key of a document."""
    return {"pk": {"S": f"{kind}#{name}"}, "sk": {"S": "body"}}


def stored_document(item: Item, at: datetime) -> DynamoItem:
    """The item of a document that is written at this time."""
    return {
        **document_key(item.kind, item.digest),
        "body": {"S": item.body},
        "written_at": {"S": at.isoformat()},
    }


def _delays() -> Iterator[float]:
    """Seconds to wait after each attempt of a batch write, doubling from 50 ms."""
    return (0.05 * 2**attempt for attempt in range(_ATTEMPTS))
