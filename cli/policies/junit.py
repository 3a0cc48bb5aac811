"""Writes the results of cases in the form that CI systems read.

https://github.com/testmoapp/junitxml describes it: there is no standard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from policies.calls.rehearsing.case_runs import CaseReport

# what XML 1.0 can not hold at all: https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: CaseReport, files: Mapping[str, tuple[str, int]], *, seconds: float) -> str:
    """The document. `files` says of each case's name in which file and line it stands."""
    failures = len(report.failures)
    counts = {"tests": str(len(report.results)), "failures": str(failures), "errors": "0", "skipped": "0"}
    root = ET.Element("testsuites", {"name": "policies", "time": f"{seconds:.3f}", **counts})
    suites: dict[str, ET.Element] = {}
    for result in report.results:
        file, line = files[result.case.name]
        suite = suites.get(file)
        if suite is None:
            suite = suites[file] = ET.SubElement(
                root, "testsuite", {"name": _text(file), "file": _text(file)}
            )
        case = ET.SubElement(
            suite,
            "testcase",
            {
                "classname": _text(file),
                "name": _text(result.case.name),
                "file": _text(file),
                "line": str(line),
            },
        )
        if not result.passed:
            failure = ET.SubElement(case, "failure", {"message": _text(result.failure), "type": "decision"})
            failure.text = _text(result.answer.model_dump_json(indent=2))
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(sum(len(case) > 0 for case in suite)))
        suite.set("errors", "0")
        suite.set("skipped", "0")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _text(value: str) -> str:
    return _NOT_XML.sub("\ufffd", value)
