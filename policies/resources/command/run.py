"""One run: baseline -> graphs -> checkov, once -> a scan of each environment -> suppressions -> report."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ..findings.baseline import read_baseline
from ..findings.selection import EVERYTHING, Selection
from ..findings.settlement import settle
from ..findings.suppressions.reading import read_suppressions
from ..findings.values import Report
from ..guardrails.catalogue import INSTEAD_OF_CHECKOV, RULES
from ..scanning.check_facts import CheckFacts
from ..scanning.checker import CheckovRun, PlanChecker
from ..scanning.scan import scan
from .errors import OptionError
from .rule_files import load_rules
from .targets import Target


class _NoChecks:
    """Stands for checkov where there is nothing to judge, for its import takes seconds."""

    @property
    def ids(self) -> frozenset[str]:
        """No check at all."""
        return frozenset()

    def run(
        self, plan: Mapping[str, Any], *, skipped: tuple[str, ...] = (), only: tuple[str, ...] = ()
    ) -> CheckovRun:
        """Find nothing."""
        del plan, skipped, only
        return CheckovRun(results=())

    def facts(self, terraform_type: str) -> tuple[CheckFacts, ...]:
        """Know nothing."""
        del terraform_type
        return ()


def check(
    make_target: Callable[[], Target],
    load_checker: Callable[[], PlanChecker],
    *,
    baseline: Path | None,
    today: date,
    selection: Selection = EVERYTHING,
    rule_files: Sequence[Path] = (),
) -> Report:
    """Run every check that counts over a target.

    `rule_files` have rules of the project's own. Raises BaselineError, OptionError, what `make_target`
    raises, CheckovMissingError and OptionError, in this order: what is quick to find comes before what takes
    seconds.
    """
    known = read_baseline(baseline) if baseline else frozenset[str]()
    more = load_rules(rule_files, [rule.id for rule in (*RULES, *INSTEAD_OF_CHECKOV)])
    with _nothing_collected():
        target = make_target()
        checker = load_checker() if _has_resources(target) else _NoChecks()
        _refuse_unknown(selection, checker, [rule.id for rule in (*RULES, *more)])
        scans = [
            found
            for environment, graphs in target.graphs.items()
            for found in scan(
                graphs, environment, checker, today, platform=target.platform, selection=selection, more=more
            )
            if target.stack in (None, found.stack)
        ]
    written = read_suppressions(target.root, target.folders)
    return settle(scans, written, known, today, whole=target.whole, selection=selection)


def _has_resources(target: Target) -> bool:
    return any(
        item.of_aws for graphs in target.graphs.values() for graph in graphs for item in graph.resources
    )


def _refuse_unknown(selection: Selection, checker: PlanChecker, ours: Sequence[str]) -> None:
    if not checker.ids:
        return
    unknown = selection.unknown([*checker.ids, *ours])
    if unknown:
        raise OptionError(
            f"there is no check `{unknown[0]}`", hint="ids are as reports have them; `*` stands for any part"
        )


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
