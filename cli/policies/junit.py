"""Writes the results of cases as JUnit XML: a suite for each file, a case for each case."""

from __future__ import annotations

from collections.abc import Mapping

from policies.calls.rehearsing.case_runs import CaseReport, CaseResult
from policies.resources.findings.junit_xml import JUnitCase, JUnitFailure, JUnitSuite, junit_document


def junit(report: CaseReport, files: Mapping[str, tuple[str, int]], *, seconds: float) -> str:
    """The document. `files` says of each case's name in which file and line it stands."""
    by_file: dict[str, list[JUnitCase]] = {}
    for result in report.results:
        file, line = files[result.case.name]
        by_file.setdefault(file, []).append(_case(result, file, line))
    suites = [JUnitSuite(name=file, file=file, cases=cases) for file, cases in by_file.items()]
    return junit_document("policies", suites, seconds=seconds)


def _case(result: CaseResult, file: str, line: int) -> JUnitCase:
    failure = JUnitFailure(
        message=result.failure, details=result.answer.model_dump_json(indent=2), type="decision"
    )
    return JUnitCase(
        classname=file,
        name=result.case.name,
        file=file,
        line=line,
        failure=None if result.passed else failure,
    )
