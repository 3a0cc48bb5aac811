"""Which copies of images go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.images.collecting import EVERY, KEPT, MOST, superfluous
from sandbox.cloud.images.manifest import ImageConfig
from sandbox.cloud.images.store import StoredImage


def copies(count: int, service: str = "axon") -> list[StoredImage]:
    """The newest first, named by their age."""
    config = ImageConfig(service=service, command=("x",), environment={})
    return [
        StoredImage(digest=f"{service}-{age}", config=config, manifest="", code=Path(), made_at=-float(age))
        for age in range(count)
    ]


def unasked() -> frozenset[str]:
    raise AssertionError("the releases are read for nothing")


@pytest.mark.parametrize("count", [0, KEPT, KEPT + 1, KEPT + EVERY - 1, KEPT + EVERY + 1])
def test_the_releases_are_read_seldom(count: int) -> None:
    """Each deployment would have to read all of them; the newest copies of each service stay anyway."""
    assert superfluous(copies(count), unasked) == ()
    assert superfluous(copies(KEPT) + copies(KEPT, "orbit"), unasked) == ()


def names(*digests: str) -> Callable[[], frozenset[str]]:
    return lambda: frozenset(digests)


def test_what_a_release_names_stays_and_the_oldest_others_go_first() -> None:
    """Bounded: at most so many at once."""
    oldest = KEPT + EVERY - 1
    found = superfluous(copies(KEPT + EVERY), names(f"axon-{oldest}", "axon-21"))
    assert found[0] == f"axon-{oldest - 1}"
    assert set(found) == {f"axon-{age}" for age in range(KEPT, oldest)} - {"axon-21"}
    assert len(superfluous(copies(KEPT + 4 * EVERY), names())) == MOST
