"""The HTTP interface of the admin function: its requests, its answers, and what they are made of.

    GET    /policies?after=&limit=&version=   -> PolicyPage     by id; without `version` of the current one
    GET    /policies/{id}?version=            -> PolicyRecord
    PUT    /policies/{id}       PutPolicy     -> ChangeResult
    DELETE /policies/{id}?note=               -> ChangeResult
    POST   /publish             PublishSet    -> ChangeResult   all policies but those of declared calls
    POST   /rollback            Rollback      -> ChangeResult
    POST   /deployments         PackedFolder  -> DeployedRecord what changed in the policy folder, for `up`
    POST   /deployments/draft   PackedFolder  -> FolderDraft    the same as a draft
    GET    /versions/{version}                -> VersionRecord  `current` stands for the current one
    GET    /history?before=&limit=            -> HistoryPage    newest first
    POST   /drafts              NewDraft      -> DraftRecord    checks and stores a change without making it
    GET    /drafts                            -> DraftPage
    GET    /drafts/{id}                       -> DraftRecord
    POST   /drafts/{id}/activate              -> ChangeResult
    DELETE /drafts/{id}                       -> DraftRecord    as it was
    GET    /audit?after=&limit=               -> AuditPage      oldest first
    POST   /audit/checkpoints                 -> CheckpointRecord   signs and exports what is not exported yet
    GET    /audit/key                         -> CheckpointKey
    POST   /collect             Collect       -> Collected      deletes documents that no version needs

Requests are in requests.py, answers in records.py, refusals in problem.py. Every answer of a change has the
header `etag` with the version that is current. With the header `if-match` a change is made only if that
version is current, else it is refused as a `conflict`. The actor is the caller whom AWS authenticated; no
field of a request names one.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

MAX_PAGE = 1000
"""Policies or entries in one answer; a page also ends before it is larger than Lambda may return."""
MAX_POLICY_CHARACTERS = 16 * 1024

PolicyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
VersionName = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DraftId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
PolicyText = Annotated[str, Field(min_length=1, max_length=MAX_POLICY_CHARACTERS)]
Note = Annotated[str, Field(max_length=500)]
CaseValue = dict[str, Any]
"""A case as a JSON value, with the members that it has in a case file."""


class AdminMessage(BaseModel):
    """The base of all requests and answers: immutable, without conversions, and without unknown members."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
