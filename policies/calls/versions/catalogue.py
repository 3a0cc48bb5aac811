"""What is declared: which services exist, and which calls each of them makes.

A version keeps it: its root lists the services, and the manifest of a service the calls that it declares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from policies.calls.versions.version import StoredVersion

_READS_AT_ONCE = 8
"""Fewer than the ten connections that a client of AWS keeps."""


class CatalogueCall(Protocol):
    """A call that one service declares to make to another."""

    @property
    def caller(self) -> str:
        """The name of the service that calls."""

    @property
    def callee(self) -> str:
        """The name of the service that is called."""

    @property
    def intent(self) -> str:
        """What for; an action of the schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """A declared call as it is read from a version; the file that declared it is not known."""

    caller: str
    callee: str
    intent: str
    path: Path | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The names of all declared services, and the calls that they declare."""

    services: tuple[str, ...]
    calls: tuple[CatalogueCall, ...] = ()


def targets_of(calls: Iterable[CatalogueCall]) -> dict[str | None, dict[str, tuple[str, ...]]]:
    """The names of the called services, by caller and intent."""
    targets: dict[str | None, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for caller, intent, callee in sorted({(call.caller, call.intent, call.callee) for call in calls}):
        targets[caller][intent] = (*targets[caller].get(intent, ()), callee)
    return targets


def catalogue_of(version: StoredVersion) -> Catalogue:
    """What was declared when a version was made."""
    return Catalogue(services=tuple(sorted(version.root.services)), calls=declared_calls(version))


def declared_calls(version: StoredVersion) -> tuple[StoredCall, ...]:
    """The calls that services declared when a version was made."""
    names = sorted(version.root.services)
    # each manifest is a document of its own, and a read of the store: they are waited for together
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        manifests = list(pool.map(version.manifest, names))
    return tuple(
        StoredCall(caller=name, callee=callee, intent=intent)
        for name, manifest in zip(names, manifests, strict=True)
        for intent, callees in manifest.targets.items()
        for callee in callees
    )


def declared_ids(version: StoredVersion, principal: str | None) -> frozenset[str]:
    """The ids of the permits that follow from what a service declares."""
    targets = version.manifest(principal).targets if principal is not None else {}
    return frozenset(
        f"{principal}-may-{intent}-on-{callee}" for intent, callees in targets.items() for callee in callees
    )
