"""Answers of the admin function; interface.py says which path gives which."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from policies.calls.changing.interface import AdminMessage, CaseValue


class PolicyRecord(AdminMessage):
    """One published policy; `principal`, `action`, `resource` are None where it may apply to more than one.

    A `declared` policy is the permit of a declared call, and changes with the declaration alone.
    """

    id: str
    effect: Literal["permit", "forbid"]
    reason: str
    principal: str | None
    action: str | None
    resource: str | None = None
    text: str
    declared: bool = False


class PolicyPage(AdminMessage):
    """Policies; `next` is the id to give as `after` for the next page, None on the last one."""

    version: str
    policies: list[PolicyRecord]
    next: str | None


class CallRecord(AdminMessage):
    """A call that the service `caller` declares to make."""

    caller: str
    callee: str
    intent: str


class VersionRecord(AdminMessage):
    """Everything in a version but its policies; `policies` is their number."""

    version: str
    schema_text: str = Field(alias="schema")
    services: list[str]
    intents: list[str]
    calls: list[CallRecord]
    cases: list[CaseValue]
    policies: int


class ChangeResult(AdminMessage):
    """The result of a change: the current version, the one before (None at first), and what differs.

    `sequence` counts the moves of the pointer, `written` the items that were written. `changed` is False if
    the version was current already; then nothing was written, and there is no audit entry.
    """

    version: str
    before: str | None
    sequence: int
    changed: bool
    added: list[str] = Field(default_factory=list)
    removed: list[str] = Field(default_factory=list)
    replaced: list[str] = Field(default_factory=list)
    written: int = 0


class DeployedRecord(AdminMessage):
    """The result of deploying a policy folder: the version that is current now, and the size of the set.

    `changed` is False when that version was current before and nothing was written; `written` counts items.
    """

    version: str
    changed: bool
    policies: int
    slices: int
    written: int


class AuditAction(StrEnum):
    """What kind of change an audit entry records."""

    PUBLISH = "publish"
    PUT = "put"
    DELETE = "delete"
    ROLLBACK = "rollback"
    DRAFT = "draft"
    DISCARD = "discard"
    ACTIVATE = "activate"
    COLLECT = "collect"


class AuditEntry(AdminMessage):
    """One entry of the audit trail.

    `body` is the entry as it is hashed: canonical JSON with the members `sequence`, `previous` (the digest of
    the entry before), `at`, `actor`, `action`, `before`, `after`, `details`. `digest` is its SHA-256,
    `signature` that of the function that wrote it, over `myelin-audit-entry-1 <digest>`; else as with
    checkpoints. It is empty where there is no key.
    """

    body: str
    digest: str
    signature: str = ""


class CheckpointRecord(AdminMessage):
    """A signed statement of how far the chain goes.

    `body` is canonical JSON with `number`, `previous` (the SHA-256 of the body of the checkpoint before),
    `sequence`, `digest`, `at`, `table` and `key`; `signature` is ECDSA over its UTF-8 bytes with SHA-256, DER
    in base64. `object` names the export in the bucket.
    """

    body: str
    signature: str
    object: str


class AuditPage(AdminMessage):
    """Entries, oldest first; `next` is the number to give as `after` for the next page, None on the last."""

    entries: list[AuditEntry]
    next: int | None


class CheckpointKey(AdminMessage):
    """The public half of the key that signs checkpoints, as PEM (SubjectPublicKeyInfo)."""

    key_id: str
    pem: str


class HistoryEntry(AdminMessage):
    """One change of the current version; `added`, `removed` and `replaced` have at most 100 ids each."""

    sequence: int
    version: str
    before: str | None
    at: str
    actor: str
    action: AuditAction
    note: str
    added: list[str]
    removed: list[str]
    replaced: list[str]


class HistoryPage(AdminMessage):
    """Changes, newest first; `next` is the number to give as `before` for the next page, None on the last."""

    entries: list[HistoryEntry]
    next: int | None


class DraftRecord(AdminMessage):
    """A draft: the version that it would make from the version `base`, and who proposes it.

    `person` is whom the author stands for, if a setting says.
    """

    id: str
    version: str
    base: str
    author: str
    person: str | None = None
    at: str
    note: str
    added: list[str]
    removed: list[str]
    replaced: list[str]


class FolderDraft(AdminMessage):
    """The draft of what a policy folder would change; None when it would change nothing."""

    draft: DraftRecord | None


class DraftPage(AdminMessage):
    """Drafts, oldest first."""

    drafts: list[DraftRecord]


class Collected(AdminMessage):
    """The documents that a collection found; `young` ones are not needed, but too young to be deleted."""

    documents: int
    kept: int
    deleted: int
    young: int
