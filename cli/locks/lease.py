"""The lock of an environment on AWS, as a lease: pure decisions over what is written in one object.

Whoever holds it renews it while they work; one that was not renewed in time is anybody's, so a lock that a
dead process left expires by itself. Every write is conditional on what was read (`tag`): of two that read
the same, one writes, and the other reads again. Times are seconds since 1970, by whoever asks; clocks may
differ by GRACE_SECONDS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

LEASE_SECONDS = 60.0
"""A lease that was not renewed for so long has expired."""
RENEW_SECONDS = 15.0
"""How often the holder renews."""
GRACE_SECONDS = 10.0
"""How far two clocks may be apart; nobody takes a lease over before that has passed as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who holds an environment: `holder` is an identity and process, `token` tells one hold from another."""

    holder: str
    token: str
    since: float
    renewed: float
    what: str

    def expired(self, now: float) -> bool:
        """Whether it may be taken over, on any clock that is right."""
        return now > self.renewed + LEASE_SECONDS + GRACE_SECONDS

    def must_stop(self, now: float) -> bool:
        """Whether the holder has to stop work: on another clock it may have expired already."""
        return now > self.renewed + LEASE_SECONDS - GRACE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is written: a lease, and the tag of the object that a write is conditional on."""

    lease: Lease
    tag: str


class LockMove(StrEnum):
    """What may be done next."""

    CREATE = "create"
    """Write, if there is still nothing."""
    REPLACE = "replace"
    """Write, if it is still what was read."""
    REFUSE = "refuse"
    """Somebody else holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDecision:
    """The next move; `lease` is what to write, or the one that stands in the way."""

    move: LockMove
    lease: Lease
    tag: str = ""


def acquire(found: Held | None, wanted: Lease, now: float) -> LockDecision:
    """Take the lock where it is free or has expired; what is held by somebody who lives is refused."""
    fresh = replace(wanted, since=now, renewed=now)
    if found is None:
        return LockDecision(move=LockMove.CREATE, lease=fresh)
    if found.lease.token == wanted.token:
        return LockDecision(move=LockMove.REPLACE, lease=replace(found.lease, renewed=now), tag=found.tag)
    if found.lease.expired(now):
        return LockDecision(move=LockMove.REPLACE, lease=fresh, tag=found.tag)
    return LockDecision(move=LockMove.REFUSE, lease=found.lease)


def renew(found: Held | None, own: Lease, now: float) -> LockDecision | None:
    """Renew one's own lease; None where it is somebody else's by now, or gone: the work has to stop."""
    if found is None or found.lease.token != own.token:
        return None
    return LockDecision(move=LockMove.REPLACE, lease=replace(found.lease, renewed=now), tag=found.tag)
