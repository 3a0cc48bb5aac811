"""Requests to the admin function; interface.py says which path takes which."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from policies.calls.changing.interface import AdminMessage, CaseValue, Note, PolicyId, PolicyText, VersionName
from policies.calls.changing.records import CallRecord


class PutPolicy(AdminMessage):
    """Creates or replaces one policy; its `@id` has to be the id in the path.

    `cases` have to pass in addition to the published ones. They are not published.
    """

    text: PolicyText
    cases: list[CaseValue] = Field(default_factory=list, max_length=1000)
    note: Note = ""


class PolicyFile(AdminMessage):
    """One Cedar file of a set; errors name its `path`."""

    path: Annotated[str, Field(min_length=1, max_length=300)]
    text: str


class PublishSet(AdminMessage):
    """Replaces the whole set: a policy that is not in it is deleted.

    Without `schema` or `cases` the current ones stay.
    """

    policies: list[PolicyFile]
    schema_text: str | None = Field(default=None, alias="schema")
    cases: list[CaseValue] | None = None
    note: Note = ""


class PolicyFolder(AdminMessage):
    """A policy folder and what services declare, from which the version is cut here."""

    policies: list[PolicyFile]
    schema_text: str = Field(alias="schema")
    cases: list[CaseValue]
    services: list[str]
    calls: list[CallRecord]


class PackedFolder(AdminMessage):
    """A PolicyFolder as JSON, compressed with zlib, in base64: Lambda takes requests of at most 6 MB."""

    packed: str


class Rollback(AdminMessage):
    """Makes a version current that was current before.

    `deployed` is the version that the policy folder gave then: what the folder changed since is compared with
    it at the next deployment. Without it, the folder's changes count as deployed, though they are undone.
    """

    to: VersionName
    note: Note = ""
    deployed: VersionName | None = None


class PutChange(AdminMessage):
    """A draft with the body of `PUT /policies/{id}`."""

    kind: Literal["put"] = "put"
    id: PolicyId
    text: PolicyText


class DeleteChange(AdminMessage):
    """A draft of `DELETE /policies/{id}`."""

    kind: Literal["delete"] = "delete"
    id: PolicyId


class PublishChange(AdminMessage):
    """A draft with the body of `POST /publish`."""

    kind: Literal["publish"] = "publish"
    policies: list[PolicyFile]
    schema_text: str | None = Field(default=None, alias="schema")
    cases: list[CaseValue] | None = None


class NewDraft(AdminMessage):
    """Stores a change for another person to activate."""

    change: Annotated[PutChange | DeleteChange | PublishChange, Field(discriminator="kind")]
    note: Note = ""


class Collect(AdminMessage):
    """Deletes documents that no version needs; `dry_run` only counts them."""

    dry_run: bool = False
