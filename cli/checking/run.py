"""One run of `myelin check`.

baseline -> graphs -> checkov, once -> a scan of each environment -> suppressions -> report
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from cli.checking.targets import Target
from policies.resources.findings.baseline import read_baseline
from policies.resources.findings.settlement import settle
from policies.resources.findings.suppressions import read_suppressions
from policies.resources.findings.values import Report
from policies.resources.scanning.scan import PlanChecker, scan


def check(
    make_target: Callable[[], Target],
    load_checker: Callable[[], PlanChecker],
    *,
    baseline: Path | None,
    today: date,
) -> Report:
    """Run every check over a target.

    Raises BaselineError, what `make_target` raises, and CheckovMissingError, in this order: what is quick to
    find comes before what takes seconds.
    """
    known = read_baseline(baseline) if baseline else frozenset[str]()
    with _nothing_collected():
        target = make_target()
        checker = load_checker()
        scans = [
            found
            for environment, graphs in target.graphs.items()
            for found in scan(graphs, environment, checker, today, platform=target.platform)
            if target.stack in (None, found.stack)
        ]
    written = read_suppressions(target.root, target.folders)
    return settle(scans, written, known, today, whole=target.whole)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Leave garbage where it is: thousands of modules stay anyway, and each look at them costs time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
