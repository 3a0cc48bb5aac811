"""Decides by a policy set that nobody has published, exactly as the function would. Pure: no clock, no store.

a version in memory -> the function's own cache and authorizer -> answers, at any time, in any environment
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lambdas.governance.authorizer import Authorizer
from lambdas.governance.documents import Kind, Manifest, Root, Rule, manifest_from, root_from, slice_from
from lambdas.governance.errors import StoreCorruptError
from lambdas.governance.model import Answer, Question
from lambdas.governance.slices import PolicyVersion, needed
from lambdas.governance.snapshot import Limits, SnapshotCache
from lambdas.governance.store import Pointer

_WHERE = "memory"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARSED = 100_000
"""How many policies are kept parsed; a rehearsal may look at every slice there is."""


@dataclass(slots=True)
class FixedClock:
    """A clock that shows what it is set to."""

    moment: datetime

    def now(self) -> datetime:
        """The moment it is set to."""
        return self.moment

    def monotonic(self) -> float:
        """Always 0: a version in memory does not age."""
        return 0.0


class MemoryDocuments:
    """The reading half of a store that holds one version."""

    table = _WHERE

    def __init__(self, version: PolicyVersion) -> None:
        """Keep every document of the version."""
        self._version = version.version
        self._bodies = {(entry.kind, entry.digest): entry.body for entry in version.items}

    def pointer(self) -> Pointer | None:
        """The one version there is."""
        return Pointer(version=self._version, sequence=1, published_at="")

    def load(self, kind: Kind, name: str) -> str:
        """A document of it. Raises StoreCorruptError for any other."""
        body = self._bodies.get((kind, name))
        if body is None:
            raise StoreCorruptError(f"the {kind} `{name}` is not in the version", table=_WHERE)
        return body


class Rehearsal:
    """One version, to be asked as often as wanted."""

    def __init__(self, version: PolicyVersion) -> None:
        """Nothing is parsed before the first question that needs it."""
        self.version = version.version
        self._documents = MemoryDocuments(version)
        self.root: Root = root_from(self._documents.load("root", version.version))
        self.schema = self._documents.load("schema", self.root.schema)
        self._clock = FixedClock(_EPOCH)
        limits = Limits(refresh_seconds=1e9, staleness_seconds=1e12, policies=_PARSED)
        self._cache = SnapshotCache(self._documents, self._clock, limits)
        self._read_manifests: dict[str, Manifest] = {}
        self._read_slices: dict[str, tuple[Rule, ...]] = {}

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

    def rules(self, service: str, intent: str) -> tuple[Rule, ...]:
        """Every rule that a question of this service about this intent is judged by, in their order."""
        return tuple(rule for name in self.slices(service, intent) for rule in self._slice(name))

    def slices(self, service: str, intent: str) -> tuple[str, ...]:
        """The names of the slices that hold those rules: with equal names, nothing is decided differently."""
        return needed(intent, *self._manifests(service))

    def all_rules(self) -> tuple[Rule, ...]:
        """Every rule of the version, by id."""
        names = {self.root.everyone, *self.root.services.values(), *self.root.others.values()}
        manifests = [self._manifest(name) for name in names]
        slices = {
            name
            for manifest in manifests
            for listed in (*manifest.actions.values(), manifest.any_action)
            for name in listed
        }
        rules = (rule for name in slices for rule in self._slice(name))
        return tuple(sorted(rules, key=lambda rule: rule.id))

    def targets(self, service: str) -> Mapping[str, tuple[str, ...]]:
        """The services that a service declares to call, by intent."""
        name = self.root.services.get(service)
        return {} if name is None else self._manifest(name).targets

    def _manifests(self, service: str) -> tuple[Manifest, ...]:
        name = self.root.services.get(service) or self.root.others.get(service)
        everyone = self._manifest(self.root.everyone)
        return (everyone,) if name is None else (self._manifest(name), everyone)

    def _manifest(self, name: str) -> Manifest:
        if name not in self._read_manifests:
            self._read_manifests[name] = manifest_from(self._documents.load("manifest", name))
        return self._read_manifests[name]

    def _slice(self, name: str) -> tuple[Rule, ...]:
        if name not in self._read_slices:
            self._read_slices[name] = slice_from(self._documents.load("slice", name)).rules
        return self._read_slices[name]


def _no_id() -> str:
    """Rehearsed decisions are nobody's, so they have no ids."""
    return "rehearsal"
