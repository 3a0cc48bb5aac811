"""JUnit XML, as CI servers read it: suites of cases, whatever a case stands for.

https://github.com/testmoapp/junitxml describes the form: there is no standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

# what XML 1.0 cannot hold at all: https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class JUnitFailure:
    """Why a case failed: in a line, and in full; `type` is the kind of failure, if there are several."""

    message: str
    details: str
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JUnitCase:
    """A case, and where it is written; `skipped` says why it does not count. Without either it passed."""

    classname: str
    name: str
    file: str = ""
    line: int | None = None
    failure: JUnitFailure | None = None
    skipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JUnitSuite:
    """Cases that belong together; `file` where all of them are written in one."""

    name: str
    cases: Sequence[JUnitCase]
    file: str = ""


def junit_document(name: str, suites: Sequence[JUnitSuite], *, seconds: float | None = None) -> str:
    """The document, with the numbers of cases that failed and were skipped."""
    took = {} if seconds is None else {"time": f"{seconds:.3f}"}
    every = [case for suite in suites for case in suite.cases]
    root = Element("testsuites", _attributes({"name": name, **took, **_counts(every)}))
    for suite in suites:
        attributes = {"name": suite.name, "file": suite.file, **_counts(suite.cases)}
        element = SubElement(root, "testsuite", _attributes(attributes))
        for case in suite.cases:
            _add(element, case)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add(suite: Element, case: JUnitCase) -> None:
    place = {"file": case.file, "line": "" if case.line is None else str(case.line)}
    attributes = {"classname": case.classname, "name": case.name, **place}
    element = SubElement(suite, "testcase", _attributes(attributes))
    if case.failure is not None:
        said = {"message": case.failure.message, "type": case.failure.type}
        SubElement(element, "failure", _attributes(said)).text = _clean(case.failure.details)
    if case.skipped is not None:
        SubElement(element, "skipped", _attributes({"message": case.skipped}))


def _counts(cases: Iterable[JUnitCase]) -> dict[str, str]:
    listed = list(cases)
    return {
        "tests": str(len(listed)),
        "failures": str(sum(case.failure is not None for case in listed)),
        "errors": "0",
        "skipped": str(sum(case.skipped is not None for case in listed)),
    }


def _attributes(values: Mapping[str, str]) -> dict[str, str]:
    """Attributes that say something."""
    return {name: _clean(value) for name, value in values.items() if value}


def _clean(text: str) -> str:
    """Without the characters that XML does not allow."""
    return _NOT_XML.sub("\ufffd", text)
