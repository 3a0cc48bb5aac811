"""Results of policy cases as JUnit XML."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from cli.policies.junit import junit
from cli.policies.local import read_set
from cli.project import find_project
from policies.calls.rehearsing.case_runs import run_cases
from tests.support.paths import ROOT


def test_a_suite_for_each_file_and_a_failure_with_the_answer() -> None:
    """Each case is in the suite of its file, with its line; a failed one says what was decided."""
    local = read_set(find_project(directory=ROOT))
    report = run_cases(local.rehearsal(), [placed.case for placed in local.cases])
    broken = replace(report.results[0], failure="expected to be denied, but it is allowed")
    report = replace(report, results=(broken, *report.results[1:]))
    places = {placed.case.name: (placed.path.name, placed.line) for placed in local.cases}

    suites = ElementTree.fromstring(junit(report, places, seconds=0.1))

    assert {suite.get("name") for suite in suites} == {file for file, _ in places.values()}
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    written = {str(case.get("name")): (case.get("file"), case.get("line")) for case in cases.values()}
    assert written == {name: (file, str(line)) for name, (file, line) in places.items()}
    (failure,) = suites.iter("failure")
    assert failure.get("message") == "expected to be denied, but it is allowed"
    assert cases[broken.case.name].find("failure") is failure
    assert '"allowed"' in str(failure.text)
