"""Which checks count, and what makes a run fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.resources.findings.selection import EVERYTHING, FailOn, Selection
from policies.resources.findings.settlement import settle
from policies.resources.findings.severity import Severity
from policies.resources.findings.values import Finding, Problem, Report
from tests.support.resources.found import TODAY, finding, scan


def of(severity: Severity) -> Finding:
    one = finding()
    return replace(one, check=replace(one.check, severity=severity))


def report(
    *failed: Finding, undecided: tuple[Finding, ...] = (), problems: tuple[Problem, ...] = ()
) -> Report:
    return settle([replace(scan(*failed), undecided=undecided)], problems, frozenset(), TODAY, whole=True)


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (EVERYTHING, {"CKV_AWS_18", "CKV_AWS_21", "CKV2_AWS_6"}),
        (Selection(only=("CKV_AWS_*",)), {"CKV_AWS_18", "CKV_AWS_21"}),
        (Selection(without=("CKV_AWS_18",)), {"CKV_AWS_21", "CKV2_AWS_6"}),
        (Selection(only=("CKV_AWS_18", "CKV2_*"), without=("CKV2_AWS_6",)), {"CKV_AWS_18"}),
    ],
)
def test_checks_are_chosen_by_patterns(selection: Selection, wanted: set[str]) -> None:
    """What is left out is left out, even if it is also wanted."""
    assert {one for one in ("CKV_AWS_18", "CKV_AWS_21", "CKV2_AWS_6") if selection.wants(one)} == wanted


def test_patterns_that_fit_nothing_are_named() -> None:
    """A mistyped id would otherwise choose nothing, or leave nothing out."""
    selection = Selection(only=("CKV_AWS_1*",), without=("CKV_AWS_99",))
    assert selection.unknown(["CKV_AWS_18", "CKV_AWS_21"]) == ("CKV_AWS_99",)


@pytest.mark.parametrize("threshold", Severity)
@pytest.mark.parametrize("severity", Severity)
def test_a_run_fails_from_a_severity_on(threshold: Severity, severity: Severity) -> None:
    """Findings below it are reported and do no harm."""
    fails = FailOn(severity=threshold).fails(report(of(severity)))
    assert fails is (severity.rank >= threshold.rank)


def test_what_is_undecided_fails_only_where_it_is_wanted() -> None:
    """By itself it is no failure."""
    open_ = report(undecided=(finding(),))
    assert not FailOn().fails(open_)
    assert FailOn(undecided=True).fails(open_)
    assert not FailOn(undecided=True).fails(report())


def test_a_suppression_that_fails_always_does() -> None:
    """Whatever the severity that is wanted."""
    problem = Problem(path="a.py", line=1, message="m", hint="h")
    assert FailOn(severity=Severity.CRITICAL).fails(report(problems=(problem,)))
