"""Which copies of images are deleted: old ones that no release names. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.cloud.images.store import StoredImage

KEPT = 20
"""Copies of each service that stay whether or not a release names them, the newest."""
EVERY = 20
"""How many further copies there are before the releases are asked again: that reads all of them."""
MOST = 50
"""The most that is deleted at once."""


def superfluous(copies: Sequence[StoredImage], named: Callable[[], frozenset[str]]) -> tuple[str, ...]:
    """The digests of copies to delete, the oldest first; `copies` has the newest first.

    `named` gives the digests that releases and settings name; it is asked only when there are many copies.
    """
    seen: dict[str, int] = {}
    older: list[StoredImage] = []
    for copy in copies:
        service = copy.config.service
        seen[service] = seen.get(service, 0) + 1
        if seen[service] > KEPT:
            older.append(copy)
    if not older or len(older) % EVERY:
        return ()
    kept = named()
    return tuple(copy.digest for copy in reversed(older) if copy.digest not in kept)[:MOST]
