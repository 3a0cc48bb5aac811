"""The report as JUnit XML, as CI servers read it: a suite for each stack, a case for each failed check."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .values import Finding, Problem, Report, Scan, Suppression

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(report: Report) -> str:
    """The report as XML.

    Checks that passed are told by one case a stack, which carries their number: CI shows failures, and
    thousands of green lines hide them.
    """
    suites = Element("testsuites", name="myelin check")
    for scan in report.scans:
        _suite(suites, scan, report)
    if report.suppressions or report.problems:
        _suppressions(suites, report)
    indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _suite(suites: Element, scan: Scan, report: Report) -> None:
    failed = [finding for finding in report.failed if finding.stack == scan.stack]
    skipped = [
        *((entry.finding, _excuse(entry.suppression)) for entry in report.suppressed),
        *((finding, "in the baseline") for finding in report.known),
    ]
    skipped = [(finding, why) for finding, why in skipped if finding.stack == scan.stack]
    unmapped = [(item, "not mapped") for item in scan.unmapped]
    cases = 1 + len(failed) + len(skipped) + len(unmapped)
    suite = SubElement(
        suites,
        "testsuite",
        name=scan.stack,
        tests=str(cases),
        failures=str(len(failed)),
        errors="0",
        skipped=str(len(skipped) + len(unmapped)),
    )
    SubElement(suite, "testcase", classname=scan.stack, name=f"{scan.passed} of {scan.ran} checks passed")
    for finding in failed:
        failure = SubElement(_case(suite, finding), "failure", message=finding.check.title)
        failure.text = _clean("\n".join(filter(None, (_where(finding), finding.detail, finding.check.hint))))
    for finding, why in skipped:
        SubElement(_case(suite, finding), "skipped", message=_clean(why))
    for item, why in unmapped:
        case = SubElement(suite, "testcase", classname=item.token, name=_clean(item.urn))
        SubElement(case, "skipped", message=why)


def _suppressions(suites: Element, report: Report) -> None:
    suite = SubElement(
        suites,
        "testsuite",
        name="suppressions",
        tests=str(len(report.suppressions) + len(report.problems)),
        failures=str(len(report.problems)),
        errors="0",
        skipped="0",
    )
    for item in report.suppressions:
        name = _clean(f"{', '.join(item.checks)} until {item.until}: {item.reason}")
        SubElement(suite, "testcase", classname=f"{item.path}:{item.line}", name=name)
    for problem in report.problems:
        _problem(suite, problem)


def _problem(suite: Element, problem: Problem) -> None:
    place = f"{problem.path}:{problem.line}"
    case = SubElement(suite, "testcase", classname=place, name=_clean(problem.message))
    failure = SubElement(case, "failure", message=_clean(problem.message))
    failure.text = f"{place}\n{problem.hint}"


def _case(suite: Element, finding: Finding) -> Element:
    name = f"{finding.check.id} {finding.name}"
    case = SubElement(suite, "testcase", classname=finding.component or finding.token, name=_clean(name))
    if finding.location is not None:
        case.set("file", finding.location.path)
        case.set("line", str(finding.location.line))
    return case


def _where(finding: Finding) -> str:
    return f"{finding.location or '(line not known)'}\n{finding.urn}"


def _excuse(item: Suppression) -> str:
    return f"{item.reason} (until {item.until}, {item.path}:{item.line})"


def _clean(text: str) -> str:
    """Without the control characters that XML does not allow."""
    return _UNPRINTABLE.sub("?", text)
