"""Processes that update a stack and kill themselves at one point of it, over a provider that outlives them.

`python self_killing_update.py FOLDER POINT...` runs one for each point, in FOLDER/POINT, and writes how each
ended.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from sandbox.engine.engine import Engine
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import Item, program

BEFORE = (
    Item("base"),
    Item("name", named=True),
    Item("user", refs=("base",)),
    Item("pinned", pins=("name",)),
    Item("inner", pins=("pinned",), size=2),
    Item("gone", refs=("user",)),
    Item("aside"),
)
AFTER = (
    Item("base", of="b"),
    Item("name", named=True, of="b"),
    Item("user", refs=("base",), size=2),
    Item("pinned", pins=("name",)),
    Item("inner", pins=("pinned",)),
    Item("aside"),
    Item("new", refs=("aside",), pins=("inner",)),
)
"""Replaces create first (base) and delete first with two dependents (name), updates, creates and deletes."""
LATER = (Item("base", size=2), Item("inner", of="b", refs=("base",)), Item("aside", of="b"))

POINTS = (0, 3, 6, 9, 12, 15, 18, 21)
"""Each step has two points a call: before it and after it."""


class DurableProvider(MemoryProvider):
    """A provider that is kept in a file, so that killing the process that changes it leaves it as it is."""

    @classmethod
    def at(cls, path: Path) -> DurableProvider:
        provider = cls()
        if path.exists():
            provider.restore(path.read_bytes())
        provider.point = provider.kept_in(path)
        return provider

    def kept_in(self, path: Path) -> Callable[[str], None]:
        def keep(label: str) -> None:
            if label == "after":
                draft = path.with_suffix(".draft")
                draft.write_bytes(self.save())
                draft.replace(path)

        return keep


def main(folder: Path, fatal: int) -> None:
    """Update, and die at that point."""
    provider = DurableProvider.at(folder / "provider")
    keep, points = provider.point, count()

    def keep_or_die(label: str) -> None:
        keep(label)
        if next(points) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    provider.point = keep_or_die
    Engine(provider, StateStore(folder / "stacks")).up(program(AFTER))


if __name__ == "__main__":
    for number in map(int, sys.argv[2:]):
        child = os.fork()
        if not child:
            main(Path(sys.argv[1], str(number)), number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(number, os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201
