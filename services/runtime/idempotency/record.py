"""What is known of one deed: who asked for it with which body, and how it ended. Pure.

first request              the record is made, the handler runs, the answer is kept with it
the same request again     the kept answer; while the handler runs: 409, come back
another body, other claims 409: one key is for one deed
the very same signature    403: a copy of a request, not another attempt
the handler never ended    409 for good: nobody knows whether the deed was done, so it is not done again
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

RUNNING_SECONDS = 60.0
"""How long a handler may run; a record that is older and has no answer has lost its process."""

KEPT_SECONDS = 24 * 3600
"""How long an answer is kept."""

MAX_ANSWER_BYTES = 300_000
"""A larger answer is not kept; an item of DynamoDB holds 400 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing to be done once: by its key for this caller, callee and tenant, and by the hash of its body.

    Whoever gets hold of another tenant's key gets nothing for it: one tenant's answers are not another's, nor
    are those of a proven one somebody's who only says that name.
    """

    callee: str
    caller: str
    intent: str
    key: str
    body_hash: str
    tenant: str | None = None
    unproven: bool = False

    @property
    def id(self) -> str:
        """The record's name. Names of services and hashes have no `#`, so that the key may have some."""
        whose = hashlib.sha256(f"{self.unproven}\n{self.tenant or ''}".encode()).hexdigest()
        return f"{self.callee}#{self.caller}#{self.intent}#{whose}#{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """How the deed ended: the answer as it was sent. `body` None means that it was too large to be kept.

    `retry_after` is for who gets the answer now; it is not recorded.
    """

    status: int
    content_type: str
    body: bytes | None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it is stored. Times are epoch seconds; `answer` is None until the handler has ended."""

    body_hash: str
    signatures: frozenset[str]
    begun_at: float
    expires_at: float
    answer: KeptAnswer | None


def hash_with_claims(body_hash: str, context: Mapping[str, Any]) -> str:
    """The hash of what a handler reads: of the body, and of the client's claims if there are any."""
    if not context:
        return body_hash
    claims = json.dumps(context, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(f"{body_hash}\n{claims}".encode()).hexdigest()


class Refusal(StrEnum):
    """Why a repeated request gets no answer."""

    COPIED = "copied"
    OTHER_BODY = "other_body"
    IN_PROGRESS = "in_progress"
    OUTCOME_UNKNOWN = "outcome_unknown"
    ANSWER_NOT_KEPT = "answer_not_kept"


def again(record: Record, deed: Deed, signature: str, *, now: float) -> KeptAnswer | Refusal:
    """What a request is told whose deed has a record already."""
    if signature in record.signatures:
        return Refusal.COPIED
    if record.body_hash != deed.body_hash:
        return Refusal.OTHER_BODY
    if record.answer is not None:
        return Refusal.ANSWER_NOT_KEPT if record.answer.body is None else record.answer
    return Refusal.IN_PROGRESS if now - record.begun_at < RUNNING_SECONDS else Refusal.OUTCOME_UNKNOWN
