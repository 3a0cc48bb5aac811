"""What is declared: which services there are, and who calls whom with which intent.

A version keeps it: its root names the services, and each service's manifest whom it declares to call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from policies.calls.versions.version import StoredVersion


class ServiceCall(Protocol):
    """A declared call."""

    @property
    def caller(self) -> str:
        """Who calls."""

    @property
    def callee(self) -> str:
        """Who is called."""

    @property
    def intent(self) -> str:
        """What for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """A declared call, as a version keeps it: without the place where it is declared."""

    caller: str
    callee: str
    intent: str
    path: Path | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The names of all services, and who calls whom with which intent."""

    services: tuple[str, ...]
    calls: tuple[ServiceCall, ...] = ()


def targets_of(calls: Iterable[ServiceCall]) -> dict[str | None, dict[str, tuple[str, ...]]]:
    """Callees by caller and intent."""
    targets: dict[str | None, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for caller, intent, callee in sorted({(call.caller, call.intent, call.callee) for call in calls}):
        targets[caller][intent] = (*targets[caller].get(intent, ()), callee)
    return targets


def catalogue_of(version: StoredVersion) -> Catalogue:
    """What was declared when a version was made."""
    return Catalogue(services=tuple(sorted(version.root.services)), calls=declared_calls(version))


def declared_calls(version: StoredVersion) -> tuple[StoredCall, ...]:
    """The calls that services declared when a version was made."""
    return tuple(
        StoredCall(caller=name, callee=callee, intent=intent)
        for name in sorted(version.root.services)
        for intent, callees in version.manifest(name).targets.items()
        for callee in callees
    )


def declared_ids(version: StoredVersion, principal: str | None) -> frozenset[str]:
    """The ids of the permits that follow from what a service declares."""
    targets = version.manifest(principal).targets if principal is not None else {}
    return frozenset(
        f"{principal}-may-{intent}-on-{callee}" for intent, callees in targets.items() for callee in callees
    )
