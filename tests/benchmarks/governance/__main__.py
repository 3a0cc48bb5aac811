"""`make bench-governance`: what docs/governance/deciding.md reports, in one run, beside what it has to be.

Times depend on the machine; ratios between things measured in the same run do not, or much less.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.governance.memory import measure_memory
from tests.benchmarks.governance.publishing import measure_publishing
from tests.benchmarks.governance.scale import measure_scale
from tests.benchmarks.governance.speed import measure_speed

SLICES = (10, 100)

WANTED: dict[str, tuple[str, float]] = {
    "many_to_few_of_10": ("at most", 1.25),
    "many_to_few_of_100": ("at most", 1.25),
    "decision_to_bare_of_10": ("at most", 2.0),
    "decision_to_bare_of_100": ("at most", 2.0),
    "regopy_to_decision_of_10": ("at least", 3.0),
    "regopy_to_decision_of_100": ("at least", 3.0),
    "casbin_to_decision_of_10": ("at least", 1.8),
    "casbin_to_decision_of_100": ("at least", 1.8),
    "publish_one_seconds_100000": ("at most", 2.0),
    "publish_items_growth": ("at most", 1.0),
    "memory_after_mb": ("at most", 200.0),
    "pair_new_target_seconds": ("at most", 0.1),
    "services_new_target_seconds": ("at most", 0.1),
    **{
        f"{name}_{what}_seconds": ("at most", 1.0)
        for name in ("pair", "services")
        for what in ("explain", "diff", "version")
    },
}
"""What the figures have to be."""


def main() -> int:
    """Measure and print; 1 when something is not as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how often each engine is asked in turn")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--only", choices=["speed", "publishing", "memory", "scale"], help="measure one part")
    chosen = parser.parse_args()
    figures: dict[str, float] = {}
    if chosen.only in (None, "speed"):
        for size in SLICES:
            found = measure_speed(rounds=chosen.rounds, slice_=size)
            figures |= {f"{name}_of_{size}": value for name, value in found.items()}
    if chosen.only in (None, "memory"):
        figures |= measure_memory()
    if chosen.only in (None, "scale"):
        figures |= measure_scale()
    if chosen.only in (None, "publishing"):
        figures |= _publishing()
    missed = [name for name, value in figures.items() if name in WANTED and not _reached(name, value)]
    if chosen.json:
        sys.stdout.write(
            json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=2) + "\n"
        )
    else:
        for name, value in figures.items():
            wanted = f"   {WANTED[name][0]} {WANTED[name][1]:g}" if name in WANTED else ""
            sys.stdout.write(f"{name:<34} {value:10.2f}{wanted}{'   MISSED' if name in missed else ''}\n")
    return 1 if missed else 0


def _reached(name: str, value: float) -> bool:
    side, bound = WANTED[name]
    return value <= bound if side == "at most" else value >= bound


def _publishing() -> dict[str, float]:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="myelin-bench-") as folder:
        found = measure_publishing(Path(folder), rounds=5)
    for each in found:
        figures[f"publish_whole_seconds_{each.policies}"] = each.whole_seconds
        figures[f"publish_one_seconds_{each.policies}"] = each.one_seconds
        figures[f"publish_one_items_{each.policies}"] = each.one_items
    figures["publish_items_growth"] = found[-1].one_items / found[0].one_items
    return figures


if __name__ == "__main__":
    sys.exit(main())
