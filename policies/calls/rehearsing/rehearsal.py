"""Decides by a version that need not be current, nor even stored, exactly as the function would. No clock.

documents (in memory, or a store) -> the function's own cache and authorizer -> answers, at any time, in
any environment
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.snapshot import Limits, SnapshotCache
from policies.calls.store.reading import Pointer
from policies.calls.versions.documents import Kind, Rule
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.slices import PolicyVersion, needed
from policies.calls.versions.version import Documents, StoredVersion

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARSED = 100_000
"""How many policies are kept parsed; a rehearsal may look at every slice there is."""


class MemoryDocuments:
    """The documents of one version that is stored nowhere."""

    table = "memory"

    def __init__(self, version: PolicyVersion) -> None:
        """Keep every document of the version."""
        self._bodies = {(entry.kind, entry.digest): entry.body for entry in version.items}

    def load(self, kind: Kind, name: str) -> str:
        """A document. Raises StoreCorruptError for one that the version does not have."""
        body = self._bodies.get((kind, name))
        if body is None:
            raise StoreCorruptError(f"the {kind} `{name}` is not in the version", table=self.table)
        return body


class Rehearsal:
    """One version, to be asked as often as wanted."""

    def __init__(self, documents: Documents, version: str) -> None:
        """Nothing is parsed before the first question that needs it."""
        self.version = version
        self.stored = StoredVersion(documents, version)
        self._clock = _FixedClock(_EPOCH)
        limits = Limits(refresh_seconds=1e9, staleness_seconds=1e12, policies=_PARSED)
        self._cache = SnapshotCache(_Pinned(documents, version), self._clock, limits)

    @staticmethod
    def of(version: PolicyVersion) -> Rehearsal:
        """A rehearsal of a version in memory."""
        return Rehearsal(MemoryDocuments(version), version.version)

    def decide(self, event: object, *, at: datetime, environment: str) -> Answer:
        """The function's answer, had it been asked then and there."""
        self._clock.moment = at
        authorizer = Authorizer(
            cache=self._cache,
            clock=self._clock,
            environment=environment,
            parse=Question.model_validate,
            new_id=_no_id,
        )
        return authorizer.answer(event)

    def slices(self, service: str, intent: str) -> tuple[str, ...]:
        """The names of the slices that a question is judged by: with equal names, decisions are equal."""
        return needed(intent, self.stored.manifest(service), self.stored.manifest(None))

    def rules(self, service: str, intent: str) -> tuple[Rule, ...]:
        """Every rule that a question of this service about this intent is judged by."""
        return tuple(rule for name in self.slices(service, intent) for rule in self.stored.slice(name).rules)

    def all_rules(self) -> tuple[Rule, ...]:
        """Every rule of the version, by id."""
        return tuple(sorted((rule for rule, _ in self.stored.policies()), key=lambda rule: rule.id))

    def targets(self, service: str) -> Mapping[str, tuple[str, ...]]:
        """The services that a service declares to call, by intent."""
        return self.stored.manifest(service).targets


@dataclass(slots=True)
class _FixedClock:
    """Shows the moment it is set to; a rehearsed version does not age."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


class _Pinned:
    """Documents whose current version is the one rehearsed."""

    def __init__(self, documents: Documents, version: str) -> None:
        self._documents = documents
        self._version = version
        self.table = documents.table

    def pointer(self) -> Pointer | None:
        return Pointer(version=self._version, sequence=1, published_at="")

    def load(self, kind: Kind, name: str) -> str:
        return self._documents.load(kind, name)


def _no_id() -> str:
    """Rehearsed decisions are nobody's, so they have no ids."""
    return "rehearsal"
