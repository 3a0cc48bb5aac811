"""Changes the pure modules at random and says which changes no test notices: `make mutants ONLY=FOLDER`.

mutmut makes the changes, inside functions; constants of modules and decorated functions it leaves alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from tests.mutants.areas import AREAS, WANTED, WANTED_OF_CRITICAL, Area
from tests.mutants.results import ModuleResult, load_unchanging, read_results
from tests.mutants.workspace import FOLDER, prepare, run
from tests.support.paths import ROOT


def main() -> int:
    """Run; 1 if too many changes of something were not noticed, or a run failed."""
    options = _parser().parse_args()
    chosen = [area for area in AREAS if area.folder.startswith(options.only.strip("/"))]
    if not chosen:
        _line(f"error: no area is in `{options.only}`: {', '.join(area.folder for area in AREAS)}")
        return 2
    failed = False
    found: list[tuple[ModuleResult, bool]] = []
    for area in chosen:
        copy = FOLDER / area.folder.replace("/", ".")
        if not options.report:
            copy = prepare(area)
            _line(f"{area.folder}: running, see {(copy / 'run.log').relative_to(ROOT)}")
            if run(copy):
                _line(f"error: mutmut failed, see {copy / 'run.log'}")
                failed = True
        found += _results(area)
    return max(int(failed), _say(found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("--only", default="", help="the areas whose folder begins so")
    parser.add_argument("--report", action="store_true", help="say what earlier runs found, and run nothing")
    return parser


def _line(text: object = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _results(area: Area) -> Iterable[tuple[ModuleResult, bool]]:
    unchanging = load_unchanging()
    copy = FOLDER / area.folder.replace("/", ".")
    for module in area.sources(ROOT):
        yield read_results(copy, module, unchanging), module in area.critical_sources


def _say(found: list[tuple[ModuleResult, bool]]) -> int:
    for result, _ in found:
        for survivor in result.survivors:
            _line(survivor)
    _line()
    for result, critical in found:
        untried = f", {result.untried} not tried" if result.untried else ""
        same = f", {len(result.unchanging)} change nothing" if result.unchanging else ""
        mark = " (critical)" if critical else ""
        counted = f"{result.share:7.1%} {result.noticed:5d} of {result.tried:5d}"
        _line(f"{counted}{same}{untried}  {result.module}{mark}")
    total = _share(result for result, _ in found)
    low = [result.module for result, critical in found if critical and result.share < WANTED_OF_CRITICAL]
    _line(f"{total:7.1%} of all noticed, wanted {WANTED:.0%}; critical modules {WANTED_OF_CRITICAL:.0%}")
    for module in low:
        _line(f"too low: {module}")
    left = sum(result.untried for result, _ in found)
    if left:
        _line(f"{left} changes were not tried: run it again to go on")
    return int(total < WANTED or bool(low) or bool(left))


def _share(results: Iterable[ModuleResult]) -> float:
    listed = list(results)
    tried = sum(result.tried for result in listed)
    return sum(result.noticed for result in listed) / tried if tried else 1.0


if __name__ == "__main__":
    sys.exit(main())
