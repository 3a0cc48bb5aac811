"""The decide function over a store in memory: what is measured is the function, not the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from lambdas.governance.decide import DecideFunction, entry, new_id
from lambdas.governance.masking import Masks
from lambdas.governance.telemetry import DecisionLog
from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.model import Question
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits, SystemClock
from policies.calls.store.policy_store import Pointer
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import DocumentKind, Item
from policies.calls.versions.slices import cut
from tests.benchmarks.governance.rules import RuleSet, services

Handler = Callable[[Any, Any], dict[str, Any]]


@dataclass
class MemoryStore:
    """The reading half of the policy store, in memory."""

    current: Pointer
    items: dict[tuple[str, str], str] = field(default_factory=dict)
    table: str = "memory"

    def pointer(self) -> Pointer:
        """Which version is current."""
        return self.current

    def load(self, kind: DocumentKind, name: str) -> str:
        """The body of a document."""
        return self.items[kind, name]


def store_of(items: Iterable[Item], version: str) -> MemoryStore:
    """A store that holds these documents."""
    pointer = Pointer(version=version, sequence=1, published_at="2026-11-22T00:00:00+00:00")
    return MemoryStore(pointer, {(item.kind, item.digest): item.body for item in items})


def stored(rules: RuleSet) -> MemoryStore:
    """A store with this set as the current version."""
    plan = cut(rules.sources(), Catalogue(services=services(rules)))
    return store_of(plan.items, plan.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """The function: as its handler, with log line and metrics, and as its decision alone."""

    handler: Handler
    authorizer: Authorizer


def decider(store: MemoryStore, write: Callable[[str], object] | None = None) -> Decider:
    """The function as it is composed on Lambda, but for the store and what takes the log lines."""
    clock = SystemClock()
    authorizer = Authorizer(
        cache=SnapshotCache(store, clock, SnapshotLimits()),
        clock=clock,
        environment="prod",
        parse=Question.model_validate,
        new_id=new_id,
    )
    log = DecisionLog(environment="prod", masks=Masks.read("context"), now=clock.now, write=write)
    function = DecideFunction(authorizer=authorizer, log=log)
    return Decider(handler=entry(lambda: function), authorizer=authorizer)
