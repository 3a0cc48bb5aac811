"""What the function remembers of the store between calls, and for how long it may rely on it.

    age of the last confirmation   pointer is asked again        the store does not answer
    under `refresh_seconds`        no                            -
    up to `staleness_seconds`      at most once a refresh        the known version decides
    beyond                         at most once a refresh        nothing decides: StaleSnapshotError

A store that answers "there is no table" or "no version is published" is believed at once. Documents never
change under their name, so they are kept as long as there is room.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, TypeVar

from policies.calls.deciding.errors import StaleSnapshotError
from policies.calls.deciding.evaluate import Ruleset
from policies.calls.deciding.lru import Lru
from policies.calls.deciding.narrowing import ScopedRule, rules_about, scope_rules
from policies.calls.deciding.vocabulary import Vocabulary
from policies.calls.store.errors import StoreMissingError, StoreUnreachableError
from policies.calls.store.reading import Pointer
from policies.calls.versions.documents import (
    DocumentKind,
    Manifest,
    Root,
    manifest_from,
    root_from,
    slice_from,
)
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.slices import needed_slices

V = TypeVar("V")


class SnapshotClock(Protocol):
    """Time, so that tests can turn it."""

    def now(self) -> datetime:
        """The time in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class SnapshotSource(Protocol):
    """The reading half of the policy store."""

    @property
    def table(self) -> str:
        """Its name."""

    def pointer(self) -> Pointer | None:
        """The current version."""

    def load(self, kind: DocumentKind, name: str) -> str:
        """The verified body of a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLimits:
    """Seconds between two looks at the pointer, seconds a version may be relied on, policies kept parsed.

    One parsed policy takes about 12 KB.
    """

    refresh_seconds: float = 2.0
    staleness_seconds: float = 30.0
    policies: int = 4096

    def __post_init__(self) -> None:
        """Refuse bounds that would bound nothing, such as NaN, with which no age is ever too old."""
        if not 0 < self.refresh_seconds <= self.staleness_seconds < math.inf or self.policies < 1:
            raise ValueError(
                "the limits must be positive, and the refresh no longer than the staleness bound"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One version, as confirmed by the store."""

    version: str
    root: Root
    vocabulary: Vocabulary


class SnapshotCache:
    """The current version and the parsed rules of what was asked lately."""

    def __init__(self, store: SnapshotSource, clock: SnapshotClock, limits: SnapshotLimits) -> None:
        """Nothing is read before the first question."""
        self._store = store
        self._clock = clock
        self._limits = limits
        self._snapshot: Snapshot | None = None
        self._confirmed = self._attempted = _Instant.of(clock)
        self._manifests: Lru[str, Manifest] = Lru(1024)
        self._vocabularies: Lru[str, Vocabulary] = Lru(2)
        self._slices: Lru[str, tuple[ScopedRule, ...]] = Lru(limits.policies)
        self._rulesets: Lru[tuple[str, tuple[str, ...]], Ruleset] = Lru(limits.policies)

    def current(self) -> Snapshot:
        """The version to decide by. Raises StoreError when there is none that may be relied on."""
        now = _Instant.of(self._clock)
        if self._snapshot is None or now.since(self._attempted) >= self._limits.refresh_seconds:
            self._attempted = now
            self._refresh(now)
        age = now.since(self._confirmed)
        if self._snapshot is None or age > self._limits.staleness_seconds:
            raise StaleSnapshotError(table=self._store.table, age=age, bound=self._limits.staleness_seconds)
        return self._snapshot

    def manifest(self, name: str) -> Manifest:
        """A manifest by its digest."""
        return self._manifests.get(name, lambda: self._read("manifest", name, manifest_from), lambda _: 1)

    def ruleset(self, intent: str, target: str, *manifests: Manifest) -> Ruleset:
        """The parsed rules that a question about this intent and target needs.

        Raises StoreError or RulesError, also for a faulty rule about another target.
        """
        digests = needed_slices(intent, *manifests)
        return self._rulesets.get(
            (target, digests),
            lambda: Ruleset(rules_about((rule for name in digests for rule in self._slice(name)), target)),
            lambda ruleset: len(ruleset.rules),
        )

    def _slice(self, name: str) -> tuple[ScopedRule, ...]:
        return self._slices.get(name, lambda: scope_rules(self._read("slice", name, slice_from).rules), len)

    def _refresh(self, now: _Instant) -> None:
        try:
            version = self._published()
            if self._snapshot is None or self._snapshot.version != version:
                self._snapshot = self._load(version)
        except StoreUnreachableError:
            # within the bound the known version still decides; `current` looks at its age
            if self._snapshot is None:
                raise
        except (StoreMissingError, StoreCorruptError):
            self._snapshot = None
            raise
        else:
            self._confirmed = now

    def _published(self) -> str:
        pointer = self._store.pointer()
        if pointer is None:
            raise StoreMissingError(
                "no policies are published yet", table=self._store.table, hint="publish the policies"
            )
        return pointer.version

    def _load(self, version: str) -> Snapshot:
        root = self._read("root", version, root_from)
        vocabulary = self._vocabularies.get(
            root.schema, lambda: self._read("schema", root.schema, Vocabulary), lambda _: 1
        )
        return Snapshot(version=version, root=root, vocabulary=vocabulary)

    def _read(self, kind: DocumentKind, name: str, parse: Callable[[str], V]) -> V:
        body = self._store.load(kind, name)
        try:
            return parse(body)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreCorruptError(
                f"the {kind} `{name}` is not in the form that this function reads",
                table=self._store.table,
                hint="deploy the function and publish the policies from the same release",
            ) from error


class _Instant(NamedTuple):
    wall: float
    monotonic: float

    @staticmethod
    def of(clock: SnapshotClock) -> _Instant:
        return _Instant(clock.now().timestamp(), clock.monotonic())

    def since(self, earlier: _Instant) -> float:
        """Seconds between, by whichever clock says more.

        Lambda freezes a function between calls, and a frozen machine's monotonic clock may stand still; the
        wall clock may be set back. Believing the larger keeps the bound in both cases.
        """
        return max(self.wall - earlier.wall, self.monotonic - earlier.monotonic)
