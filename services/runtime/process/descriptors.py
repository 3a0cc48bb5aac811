"""File descriptors: as many as the system gives, and how many connections there are for them.

Each connection takes one, and so does each call that a request makes. Without a bound, clients that hold
connections open take all of them, and nobody is told anything any more.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass

from services.runtime.telemetry import logs

log = logs.get_logger()

PLENTY = 1_048_576
"""Stands for no limit at all."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many connections are kept: `served` get answers, `told` more get to know that there is no room."""

    served: int
    told: int


def raise_limit() -> int:
    """Raise the soft limit of descriptors to the hard one, if the system lets us; the limit from now on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError) as error:
        # macOS names a hard limit that it does not grant
        log.warning("limit of file descriptors not raised", soft=soft, hard=hard, problem=str(error))
    return limit()


def limit() -> int:
    """The number of descriptors that this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return PLENTY if soft == resource.RLIM_INFINITY else soft


def room_within(descriptors: int) -> Room:
    """Half of the descriptors for clients that are served, an eighth for those that are told 503; the rest is
    for the calls that requests make, and for files.
    """
    return Room(served=max(1, descriptors // 2), told=max(1, descriptors // 8))
