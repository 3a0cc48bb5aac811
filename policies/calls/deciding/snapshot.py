"""Keeps what was read from the store between calls, and bounds how long it may be relied on.

    age of the last confirmation   pointer is asked again        the store does not answer
    under `refresh_seconds`        no                            -
    up to `staleness_seconds`      at most once a refresh        the known version decides
    beyond                         at most once a refresh        nothing decides: StaleSnapshotError

If the store answers that there is no table or no published version, nothing decides from then on. Documents
never change under their name, so they are kept as long as there is room.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from policies.calls.deciding.errors import StaleSnapshotError
from policies.calls.deciding.evaluate import Ruleset
from policies.calls.deciding.lru import Lru
from policies.calls.deciding.narrowing import ScopedRule, rules_about, scope_rules
from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.store.errors import StoreMissingError, StoreUnreachableError
from policies.calls.store.policy_store import Pointer
from policies.calls.versions.documents import (
    DocumentKind,
    Manifest,
    Root,
    Rule,
    Slice,
    manifest_from,
    root_from,
    slice_from,
)
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.slices import needed_slices

V = TypeVar("V")
_UNPARSED = 16
"""How many times as many policies are kept that are not parsed."""


class SnapshotClock(Protocol):
    """The time, as a Protocol so that tests can set it."""

    def now(self) -> datetime:
        """The time in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class SnapshotSource(Protocol):
    """Where versions are read from: a store, or documents in memory."""

    @property
    def table(self) -> str:
        """The table's name, for error messages."""

    def pointer(self) -> Pointer | None:
        """The current version; None before the first publish. Raises StoreError."""

    def load(self, kind: DocumentKind, name: str) -> str:
        """The body of a document, whose hash has been compared with its name. Raises StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLimits:
    """The bounds of the cache, in seconds, and how many parsed policies it keeps (each about 12 KB).

    Of policies that are not parsed (about 1 KB each) it keeps sixteen times as many.

    The pointer is read again after `refresh_seconds`; a version decides for at most `staleness_seconds` after
    it was last confirmed to be current.
    """

    refresh_seconds: float = 2.0
    staleness_seconds: float = 30.0
    policies: int = 4096

    def __post_init__(self) -> None:
        """Raise ValueError for limits that do not limit, such as NaN, than which no age is larger."""
        if not 0 < self.refresh_seconds <= self.staleness_seconds < math.inf or self.policies < 1:
            raise ValueError(
                "the limits must be positive, and the refresh no longer than the staleness bound"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A version that the store confirmed to be current."""

    version: str
    root: Root
    vocabulary: Vocabulary


class SnapshotCache:
    """The current version, and the parsed rules that were used last; nothing is read before a question."""

    def __init__(self, store: SnapshotSource, clock: SnapshotClock, limits: SnapshotLimits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._snapshot: Snapshot | None = None
        self._confirmed = self._attempted = _Instant.of(clock)
        self._manifests: Lru[str, Manifest] = Lru(1024)
        self._vocabularies: Lru[str, Vocabulary] = Lru(2)
        self._slices: Lru[str, _TargetIndex] = Lru(_UNPARSED * limits.policies)
        self._rulesets: Lru[tuple[str | None, tuple[str, ...]], Ruleset] = Lru(limits.policies)

    def current(self) -> Snapshot:
        """The version to decide by. Raises StoreError if there is none that may be relied on."""
        now = _Instant.of(self._clock)
        if self._snapshot is None or now.since(self._attempted) >= self._limits.refresh_seconds:
            self._attempted = now
            self._refresh(now)
        age = now.since(self._confirmed)
        if self._snapshot is None or age > self._limits.staleness_seconds:
            raise StaleSnapshotError(table=self._store.table, age=age, bound=self._limits.staleness_seconds)
        return self._snapshot

    def confirmed_at(self) -> datetime:
        """When the version was last confirmed to be current, by the clock and at the earliest."""
        now = _Instant.of(self._clock)
        return self._clock.now() - timedelta(seconds=max(0.0, now.since(self._confirmed)))

    def manifest(self, name: str) -> Manifest:
        """A manifest by its digest."""
        return self._manifests.get(name, lambda: self._read("manifest", name, manifest_from), lambda _: 1)

    def ruleset(self, intent: str, target: str, *manifests: Manifest) -> Ruleset:
        """The parsed rules that a question about this intent and target evaluates.

        Of the slices, only the rules that may be about this target are parsed; targets that no rule names
        share one ruleset. Raises StoreError or RulesError.
        """
        digests = needed_slices(intent, *manifests)
        own = target if any(target in self._slice(name).by_target for name in digests) else None
        return self._rulesets.get(
            (own, digests),
            lambda: Ruleset(self._scoped_rules(digests, own)),
            lambda ruleset: len(ruleset.rules),
        )

    def _scoped_rules(self, digests: Iterable[str], target: str | None) -> tuple[ScopedRule, ...]:
        """The rules about this target; None: those about any, for every target that has none of its own."""
        rules = scope_rules(rule for name in digests for rule in self._slice(name).about(target))
        return rules if target is None else rules_about(rules, target)

    def _slice(self, name: str) -> _TargetIndex:
        return self._slices.get(
            name,
            lambda: self._read("slice", name, lambda body: _TargetIndex.of(slice_from(body))),
            lambda index: index.size,
        )

    def _refresh(self, now: _Instant) -> None:
        try:
            version = self._read_version()
            if self._snapshot is None or self._snapshot.version != version:
                self._snapshot = self._read_snapshot(version)
        except StoreUnreachableError:
            # within the bound the known version still decides; `current` looks at its age
            if self._snapshot is None:
                raise
        except (StoreMissingError, StoreCorruptError):
            self._snapshot = None
            raise
        else:
            self._confirmed = now

    def _read_version(self) -> str:
        pointer = self._store.pointer()
        if pointer is None:
            raise StoreMissingError(
                "no policies are published yet", table=self._store.table, hint="publish the policies"
            )
        return pointer.version

    def _read_snapshot(self, version: str) -> Snapshot:
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


@dataclass(frozen=True, slots=True)
class _TargetIndex:
    """The rules of a slice, not parsed, by the service that their scope names; and those about any."""

    by_target: Mapping[str, tuple[Rule, ...]]
    about_any: tuple[Rule, ...]
    size: int

    @staticmethod
    def of(slice_: Slice) -> _TargetIndex:
        by_target: dict[str, list[Rule]] = defaultdict(list)
        for rule in slice_.rules:
            if rule.target is not None:
                by_target[rule.target].append(rule)
        return _TargetIndex(
            by_target={target: tuple(rules) for target, rules in by_target.items()},
            about_any=tuple(rule for rule in slice_.rules if rule.target is None),
            size=len(slice_.rules),
        )

    def about(self, target: str | None) -> tuple[Rule, ...]:
        """The rules that may be about this service, by id; None: only those about any."""
        own = () if target is None else self.by_target.get(target, ())
        return tuple(sorted((*self.about_any, *own), key=lambda rule: rule.id)) if own else self.about_any


class _Instant(NamedTuple):
    wall: float
    monotonic: float

    @staticmethod
    def of(clock: SnapshotClock) -> _Instant:
        return _Instant(clock.now().timestamp(), clock.monotonic())

    def since(self, earlier: _Instant) -> float:
        """Seconds since then, by the clock that says more.

        Lambda freezes a function between calls, and the monotonic clock of a frozen machine may stand still;
        the wall clock may be set back. The larger of both keeps the bound in either case.
        """
        return max(self.wall - earlier.wall, self.monotonic - earlier.monotonic)
