"""What crosses the border of the `admin` function: requests, answers, and problems as RFC 9457 has them.

    GET    /policies?after=&limit=&version=   -> PolicyPage     by id; of the current version if not said
    GET    /policies/{id}?version=            -> PolicyRecord
    PUT    /policies/{id}       PutPolicy     -> ChangeResult
    DELETE /policies/{id}?note=               -> ChangeResult
    POST   /publish             PublishSet    -> ChangeResult   replaces all but those of declared calls
    POST   /rollback            Rollback      -> ChangeResult
    GET    /versions/{version}                -> VersionRecord  `current` stands for the one that is
    GET    /history?before=&limit=            -> HistoryPage    newest first
    POST   /drafts              NewDraft      -> DraftRecord    a checked change that nobody decides by yet
    GET    /drafts                            -> DraftPage
    GET    /drafts/{id}                       -> DraftRecord
    POST   /drafts/{id}/activate              -> ChangeResult
    DELETE /drafts/{id}                       -> DraftRecord    as it was
    GET    /audit?after=&limit=               -> AuditPage      oldest first, with the newest checkpoint
    POST   /audit/checkpoints                 -> CheckpointRecord   sign and export what is not yet exported
    GET    /audit/key                         -> SigningKey
    POST   /collect             Collect       -> Collected      delete what no version refers to

Every answer of a change carries the header `etag` with the version that is current; a change with the header
`if-match` is made only if that version still is, else it is a `conflict`. The caller is the one that AWS
authenticated; no field of a request says who it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_PAGE = 1000
"""Policies or entries in one answer; a page also ends before it exceeds what Lambda may return."""
MAX_POLICY_CHARACTERS = 16 * 1024

PolicyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
VersionName = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DraftId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
PolicyText = Annotated[str, Field(min_length=1, max_length=MAX_POLICY_CHARACTERS)]
Note = Annotated[str, Field(max_length=500)]
CaseValue = dict[str, Any]
"""One case as the YAML files have it, parsed."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


# ---- requests


class PutPolicy(_Message):
    """Create or replace one policy; its `@id` has to be the one in the path.

    `cases` have to pass besides those that are published; they are not kept.
    """

    text: PolicyText
    cases: list[CaseValue] = Field(default_factory=list, max_length=1000)
    note: Note = ""


class PolicyFile(_Message):
    """One Cedar file of a set; `path` shows in errors."""

    path: Annotated[str, Field(min_length=1, max_length=300)]
    text: str


class PublishSet(_Message):
    """A whole set: what it does not have is deleted. Without `schema` or `cases` the current ones stay."""

    policies: list[PolicyFile]
    schema_text: str | None = Field(default=None, alias="schema")
    cases: list[CaseValue] | None = None
    note: Note = ""


class Rollback(_Message):
    """Make a version current that was so before."""

    to: VersionName
    note: Note = ""


class PutChange(_Message):
    """A draft's change: as PUT."""

    kind: Literal["put"] = "put"
    id: PolicyId
    text: PolicyText


class DeleteChange(_Message):
    """A draft's change: as DELETE."""

    kind: Literal["delete"] = "delete"
    id: PolicyId


class PublishChange(_Message):
    """A draft's change: as publish."""

    kind: Literal["publish"] = "publish"
    policies: list[PolicyFile]
    schema_text: str | None = Field(default=None, alias="schema")
    cases: list[CaseValue] | None = None


class NewDraft(_Message):
    """A change that somebody else shall activate."""

    change: Annotated[PutChange | DeleteChange | PublishChange, Field(discriminator="kind")]
    note: Note = ""


class Collect(_Message):
    """Delete documents that nothing refers to; `dry_run` only counts them."""

    dry_run: bool = False


# ---- answers


class PolicyRecord(_Message):
    """One published policy; `principal` and `action` are None where it may apply to more than one.

    `declared` policies follow from what a service declares, and change with its declaration alone.
    """

    id: str
    effect: Literal["permit", "forbid"]
    reason: str
    principal: str | None
    action: str | None
    text: str
    declared: bool = False


class PolicyPage(_Message):
    """Policies by id; `next` is the id to give as `after` for the rest, None at the end."""

    version: str
    policies: list[PolicyRecord]
    next: str | None


class CallRecord(_Message):
    """A declared call."""

    caller: str
    callee: str
    intent: str


class VersionRecord(_Message):
    """What a version has besides its policies."""

    version: str
    schema_text: str = Field(alias="schema")
    services: list[str]
    intents: list[str]
    calls: list[CallRecord]
    cases: list[CaseValue]
    policies: int


class ChangeResult(_Message):
    """What a change did; `before` is None at the first publish.

    `changed` is False when the version was current already: then nothing was written, also no audit entry.
    """

    version: str
    before: str | None
    sequence: int
    changed: bool
    added: list[str] = Field(default_factory=list)
    removed: list[str] = Field(default_factory=list)
    replaced: list[str] = Field(default_factory=list)
    written: int = 0


class AuditAction(StrEnum):
    """What an audit entry records."""

    PUBLISH = "publish"
    PUT = "put"
    DELETE = "delete"
    ROLLBACK = "rollback"
    DRAFT = "draft"
    DISCARD = "discard"
    ACTIVATE = "activate"
    COLLECT = "collect"


class AuditEntry(_Message):
    """One link of the chain.

    `body` is the entry as it is hashed: canonical JSON with the members `sequence`, `previous` (the digest of
    the entry before), `at`, `actor`, `action`, `before`, `after`, `details`. `digest` is its SHA-256.
    """

    body: str
    digest: str


class CheckpointRecord(_Message):
    """A signed statement of how far the chain goes.

    `body` is canonical JSON with `sequence`, `digest`, `at`, `table` and `key`; `signature` is ECDSA over its
    UTF-8 bytes with SHA-256, DER in base64. `object` names the export in the bucket.
    """

    body: str
    signature: str
    object: str


class AuditPage(_Message):
    """Entries after a sequence number, oldest first; `next` is to be given as `after`, None at the end."""

    entries: list[AuditEntry]
    next: int | None
    checkpoint: CheckpointRecord | None


class CheckpointKey(_Message):
    """The public half of the key that signs checkpoints, as PEM (SubjectPublicKeyInfo)."""

    key_id: str
    pem: str


class HistoryEntry(_Message):
    """One move of the pointer; `added`, `removed` and `replaced` name at most 100 policies each."""

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


class HistoryPage(_Message):
    """Moves, newest first; `next` is the number to give as `before`, None at the end."""

    entries: list[HistoryEntry]
    next: int | None


class DraftRecord(_Message):
    """A checked change: the version that it would make of `base`, and who proposes it."""

    id: str
    version: str
    base: str
    author: str
    at: str
    note: str
    added: list[str]
    removed: list[str]
    replaced: list[str]


class DraftPage(_Message):
    """Drafts, oldest first."""

    drafts: list[DraftRecord]


class Collected(_Message):
    """What a collection found and deleted."""

    documents: int
    kept: int
    deleted: int
    young: int


# ---- problems


class ProblemCode(StrEnum):
    """Why a request was refused; the last part of a problem's `type`."""

    INVALID_REQUEST = "invalid-request"
    INVALID_POLICY = "invalid-policy"
    CASES_FAILED = "cases-failed"
    NOT_FOUND = "not-found"
    NOT_ALLOWED = "not-allowed"
    CONFLICT = "conflict"
    APPROVAL_REQUIRED = "approval-required"
    SAME_ACTOR = "same-actor"
    DECLARED = "declared"
    TOO_LARGE = "too-large"
    STORE = "store-unavailable"
    INTERNAL = "internal-error"


class AdminFault(_Message):
    """One thing that is wrong; `path` is a file of the set, `case` the name of a failed case."""

    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str = ""
    case: str | None = None


class AdminProblem(_Message):
    """RFC 9457 problem details (https://www.rfc-editor.org/rfc/rfc9457), as `application/problem+json`.

    `expected` and `found` are the versions of a `conflict`.
    """

    type: str
    title: str
    status: int
    detail: str
    code: ProblemCode
    hint: str = ""
    faults: list[AdminFault] = Field(default_factory=list)
    expected: str | None = None
    found: str | None = None
