"""Decides by a version that is not current, or not even stored, exactly as the decide function would.

It runs the function's own cache and authorizer over the documents of the version, which are in memory or in
the store. Each question says at what time and in which environment it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits
from policies.calls.store.policy_store import Pointer
from policies.calls.versions.documents import DocumentKind, Rule
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.slices import PolicyVersion, needed_slices
from policies.calls.versions.version import DocumentSource, StoredVersion

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_PARSED = 100_000
"""How many policies are kept parsed: a rehearsal may read every slice of the version."""


class MemoryDocuments:
    """The documents of a version that was cut and is not stored."""

    table = "memory"

    def __init__(self, version: PolicyVersion) -> None:
        self._bodies = {(entry.kind, entry.digest): entry.body for entry in version.items}

    def load(self, kind: DocumentKind, name: str) -> str:
        """The body of a document. Raises StoreCorruptError if the version does not have it."""
        body = self._bodies.get((kind, name))
        if body is None:
            raise StoreCorruptError(f"the {kind} `{name}` is not in the version", table=self.table)
        return body


class Rehearsal:
    """One version that can be asked questions. Nothing is parsed before a question needs it."""

    def __init__(self, documents: DocumentSource, version: str) -> None:
        self.version = version
        self.stored = StoredVersion(documents, version)
        self._clock = _FixedClock(_EPOCH)
        limits = SnapshotLimits(refresh_seconds=1e9, staleness_seconds=1e12, policies=_MAX_PARSED)
        self._cache = SnapshotCache(_PinnedSource(documents, version), self._clock, limits)

    @staticmethod
    def of(version: PolicyVersion) -> Rehearsal:
        """Rehearse a version that was just cut."""
        return Rehearsal(MemoryDocuments(version), version.version)

    def decide(self, event: object, *, at: datetime, environment: str) -> Answer:
        """The answer of the decide function, had it been asked at this time in this environment."""
        self._clock.moment = at
        authorizer = Authorizer(
            cache=self._cache,
            clock=self._clock,
            environment=environment,
            parse=Question.model_validate,
            new_id=_rehearsal_id,
        )
        return authorizer.answer(event)

    def slices(self, service: str, intent: str) -> tuple[str, ...]:
        """The digests of the slices that such a question evaluates; equal slices give equal decisions."""
        return needed_slices(intent, self.stored.manifest(service), self.stored.manifest(None))

    def rules(self, service: str, intent: str, target: str | None = None) -> tuple[Rule, ...]:
        """Every rule that a question of this service about this intent, and this target, may evaluate."""
        return tuple(
            rule
            for name in self.slices(service, intent)
            for rule in self.stored.slice(name).rules
            if rule.is_about(target)
        )

    def targets(self, service: str) -> Mapping[str, tuple[str, ...]]:
        """The services that a service declares to call, by intent."""
        return self.stored.manifest(service).targets


@dataclass(slots=True)
class _FixedClock:
    """A clock that stands still, so that a rehearsed version never becomes stale."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


class _PinnedSource:
    """Documents whose current version is always the rehearsed one."""

    def __init__(self, documents: DocumentSource, version: str) -> None:
        self._documents = documents
        self._version = version
        self.table = documents.table

    def pointer(self) -> Pointer | None:
        return Pointer(version=self._version, sequence=1, published_at="")

    def load(self, kind: DocumentKind, name: str) -> str:
        return self._documents.load(kind, name)


def _rehearsal_id() -> str:
    return "rehearsal"
