"""What one change writes: the steps of its DynamoDB transaction, each with the condition that it needs. Pure.

    root        is put, or, when a version comes back or a draft is activated, has to exist
    was         marks the version as having been current; when one comes back, has to exist
    pointer     has to be what the change was made from, and then names the new version
    deployed    notes which version the policy folder gave
    draft       is put, or, when it is activated or discarded, has to exist
    nonce       of the proof of identity is put, and has to be new
    entry       is put with the next number, which has to be free
    head        has to be the entry before, and then is the new one

All of it happens or nothing does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from policies.calls.store.policy_store import POINTER_KEY, Pointer, document_key, stored_document
from policies.calls.store.table import DynamoItem
from policies.calls.trail.chain import ChainEntry, ChainHead
from policies.calls.versions.documents import Item

HEAD_KEY: DynamoItem = {"pk": {"S": "audit-head"}, "sk": {"S": "current"}}
DEPLOYED_KEY: DynamoItem = {"pk": {"S": "deployed"}, "sk": {"S": "current"}}
StepName = Literal["root", "was", "pointer", "deployed", "draft", "nonce", "entry", "head"]
NONCE_SECONDS = 24 * 3600
"""How long a nonce is kept; a proof is valid for a minute."""
_EXISTS = "attribute_exists(pk)"
_ABSENT = "attribute_not_exists(pk)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerMove:
    """Makes a version current, if `expected` still is: `root` is to be put, or the name of one that exists.

    `returning`: the version has to have been current before. `deployed` is the version that the policy folder
    gave, to be noted.
    """

    root: Item | str
    expected: Pointer | None
    returning: bool = False
    deployed: str | None = None

    @property
    def version(self) -> str:
        """The version that becomes current."""
        return self.root if isinstance(self.root, str) else self.root.digest

    def pointer(self, at: datetime) -> Pointer:
        """The pointer once it has moved."""
        sequence = 1 if self.expected is None else self.expected.sequence + 1
        return Pointer(version=self.version, sequence=sequence, published_at=at.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """A draft to be put: its body as JSON, and the root of the version that it proposes."""

    id: str
    body: str
    root: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChange:
    """A change of the table: the pointer moves, a draft is put, a draft ends (`drop` is its id), or nothing.

    The last is for what is only recorded.
    """

    move: PointerMove | None = None
    draft: StoredDraft | None = None
    drop: str | None = None

    def steps(
        self, entry: ChainEntry, at: datetime, signature: str = ""
    ) -> Iterator[tuple[StepName, DynamoItem]]:
        """The elements of `TransactItems`, without their table.

        `entry` is the audit entry of the change, `signature` that of its body; empty where there is no key.
        """
        yield from self._root_step(at)
        if self.move is not None:
            yield from _pointer_steps(self.move, at)
        if self.draft is not None:
            yield "draft", {"Put": {"Item": {**draft_key(self.draft.id), "body": {"S": self.draft.body}}}}
        if self.drop is not None:
            yield "draft", {"Delete": {"Key": draft_key(self.drop), "ConditionExpression": _EXISTS}}
        if entry.record.nonce is not None:
            yield (
                "nonce",
                {"Put": {"Item": _nonce_item(entry.record.nonce, at), "ConditionExpression": _ABSENT}},
            )
        link = {"body": {"S": entry.body}, "digest": {"S": entry.digest}}
        if signature:
            link["signature"] = {"S": signature}
        item = {**entry_key(entry.sequence), **link}
        yield "entry", {"Put": {"Item": item, "ConditionExpression": _ABSENT}}
        yield "head", {"Put": {"Item": _head_item(entry.head), **_head_is_before(entry)}}

    def _root_step(self, at: datetime) -> Iterator[tuple[StepName, DynamoItem]]:
        root = self.draft.root if self.draft else self.move.root if self.move else None
        if isinstance(root, str):
            yield (
                "root",
                {"ConditionCheck": {"Key": document_key("root", root), "ConditionExpression": _EXISTS}},
            )
        elif root is not None:
            yield "root", {"Put": {"Item": stored_document(root, at)}}


def was_current_key(version: str) -> DynamoItem:
    """The key of the mark that a version was current."""
    return {"pk": {"S": f"was#{version}"}, "sk": {"S": "current"}}


def draft_key(draft: str) -> DynamoItem:
    """The key of a draft by its id."""
    return {"pk": {"S": "draft"}, "sk": {"S": draft}}


def entry_key(sequence: int) -> DynamoItem:
    """The key of an audit entry by its number."""
    return {"pk": {"S": "audit"}, "sk": {"S": sort_key(sequence)}}


def sort_key(sequence: int) -> str:
    """A number as a sort key: with leading zeros, so that text sorts as numbers do."""
    return f"{sequence:016d}"


def _pointer_steps(move: PointerMove, at: datetime) -> Iterator[tuple[StepName, DynamoItem]]:
    yield "pointer", {"Put": {"Item": _pointer_item(move.pointer(at)), **_pointer_is(move.expected)}}
    mark = was_current_key(move.version)
    if move.returning:
        yield "was", {"ConditionCheck": {"Key": mark, "ConditionExpression": _EXISTS}}
    else:
        yield "was", {"Put": {"Item": {**mark, "at": {"S": at.isoformat()}}}}
    if move.deployed is not None:
        yield "deployed", {"Put": {"Item": {**DEPLOYED_KEY, "version": {"S": move.deployed}}}}


def _pointer_item(pointer: Pointer) -> DynamoItem:
    return {
        **POINTER_KEY,
        "version": {"S": pointer.version},
        "sequence": {"N": str(pointer.sequence)},
        "published_at": {"S": pointer.published_at},
    }


def _nonce_item(nonce: str, at: datetime) -> DynamoItem:
    """DynamoDB deletes it after `expires_at`, in seconds since 1970."""
    expires = int(at.timestamp()) + NONCE_SECONDS
    return {"pk": {"S": f"nonce#{nonce}"}, "sk": {"S": "used"}, "expires_at": {"N": str(expires)}}


def _head_item(head: ChainHead) -> DynamoItem:
    return {**HEAD_KEY, "sequence": {"N": str(head.sequence)}, "digest": {"S": head.digest}}


def _pointer_is(expected: Pointer | None) -> DynamoItem:
    """The condition that the pointer has not moved; its sequence tells a version that came back apart."""
    if expected is None:
        return {"ConditionExpression": _ABSENT}
    return {
        "ConditionExpression": "#version = :version AND #sequence = :sequence",
        "ExpressionAttributeNames": {"#version": "version", "#sequence": "sequence"},
        "ExpressionAttributeValues": {
            ":version": {"S": expected.version},
            ":sequence": {"N": str(expected.sequence)},
        },
    }


def _head_is_before(entry: ChainEntry) -> DynamoItem:
    """The condition that the head is the entry that this one names as the one before."""
    if entry.sequence == 1:
        return {"ConditionExpression": _ABSENT}
    return {
        "ConditionExpression": "#digest = :digest",
        "ExpressionAttributeNames": {"#digest": "digest"},
        "ExpressionAttributeValues": {":digest": {"S": entry.previous}},
    }
