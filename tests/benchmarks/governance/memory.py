"""The memory of a warm function that has answered questions out of 1,000 slices. A process of its own.

    python -m tests.benchmarks.governance.memory

The documents are read back from a file one by one, as they would come from DynamoDB, so that the process
holds nothing that a function would not hold.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SLICES = 1000
RULES = 4
"""Policies a slice, so that all of them fit into the function's own bound of parsed policies."""


def measure_memory() -> dict[str, float]:
    """Megabytes before the first question, after 1,000 slices, and milliseconds of the import."""
    with tempfile.TemporaryDirectory() as folder:
        write_documents(Path(folder))
        ran = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.governance.memory", folder],
            check=True,
            capture_output=True,
            text=True,
        )
    figures: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return figures


def write_documents(folder: Path) -> None:
    """A version with 1,000 services that have a slice each, one file a document."""
    from policies.calls.versions.catalogue import Catalogue  # noqa: PLC0415 - the child must not import all of it
    from policies.calls.versions.slices import cut  # noqa: PLC0415
    from tests.benchmarks.governance.rules import Ruled, RuleSet  # noqa: PLC0415

    names = tuple(f"service-{number:04}" for number in range(SLICES))
    policies = tuple(
        Ruled(
            id=f"{name}-{number}",
            effect="permit",
            principal=name,
            action="reason",
            target=f"peer-{number}" if number else "axon",
            tenant=f"tenant-{number}" if number else None,
        )
        for name in names
        for number in range(RULES)
    )
    plan = cut(RuleSet(policies=policies).sources(), Catalogue(services=(*names, "axon")))
    for item in plan.items:
        (folder / f"{item.kind}-{item.digest}").write_text(item.body, encoding="utf-8")
    (folder / "version").write_text(plan.version, encoding="utf-8")


class FileStore:
    """The reading half of the store, over files."""

    table = "files"

    def __init__(self, folder: Path) -> None:
        """Read from this folder."""
        self._folder = folder

    def pointer(self) -> Any:
        """Which version is current."""
        from policies.calls.store.policy_store import Pointer  # noqa: PLC0415

        version = (self._folder / "version").read_text(encoding="utf-8")
        return Pointer(version=version, sequence=1, published_at="")

    def load(self, kind: str, name: str) -> str:
        """The body of a document."""
        return (self._folder / f"{kind}-{name}").read_text(encoding="utf-8")


def main(folder: Path) -> None:
    """Ask about every service once, and print what that took."""
    started = time.perf_counter()
    import lambdas.governance.decide  # noqa: F401, PLC0415

    imported = time.perf_counter() - started
    from tests.benchmarks.governance.function import decider  # noqa: PLC0415

    made = decider(FileStore(folder), lambda _: None)  # type: ignore[arg-type]  # it reads as the other does
    before = _resident()
    started = time.perf_counter()
    for number in range(SLICES):
        asked = {"service": f"service-{number:04}", "intent": "reason", "target": "axon"}
        assert made.handler(asked, None)["allowed"]
    touching = time.perf_counter() - started
    figures = {
        "memory_before_mb": before,
        "memory_after_mb": _resident(),
        "import_ms": imported * 1000,
        "first_decision_on_a_slice_us": touching / SLICES * 1e6,
    }
    print(json.dumps(figures))  # noqa: T201


def _resident() -> float:
    import psutil  # noqa: PLC0415

    return float(psutil.Process().memory_info().rss / 1024**2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
