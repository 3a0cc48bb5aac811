"""Projects with many services, each of which calls others."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.recording.declarations import INTENT, minimal

FIRST_PORT = 9000


def write_many(folder: Path, count: int, *, calls: int = 5) -> Path:
    """A project of `count` services with so many calls each, half of them isolated; gives its folder.

    Every service calls the next ones of its own tier, in a ring.
    """
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copytree(ROOT / "stacks" / "config", folder / "stacks" / "config")
    shutil.copytree(ROOT / "policies" / "calls" / "rules", folder / "policies" / "calls" / "rules")
    for name, text in many_texts(count, calls=calls).items():
        (folder / "services" / name).mkdir(parents=True)
        (folder / "services" / name / "service.toml").write_text(text, encoding="utf-8")
    return folder


def many_texts(count: int, *, calls: int) -> dict[str, str]:
    """The declarations of such services by their names."""
    names = [f"s{number:03}" for number in range(count)]
    texts: dict[str, str] = {}
    for tier, ring in (("private", names[: count // 2]), ("isolated", names[count // 2 :])):
        for place, name in enumerate(ring):
            called = tuple(
                ring[(place + step) % len(ring)] for step in range(1, min(calls, len(ring) - 1) + 1)
            )
            texts[name] = minimal(name, FIRST_PORT + names.index(name), tier=tier, calls=called) + INTENT
    return texts
