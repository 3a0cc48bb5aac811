"""Writing JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree

from policies.resources.findings.junit_xml import JUnitCase, JUnitFailure, JUnitSuite, junit_document

FAILED = JUnitCase(
    classname="a.py",
    name="fails",
    file="a.py",
    line=3,
    failure=JUnitFailure(message="no", details="not at all", type="decision"),
)
SKIPPED = JUnitCase(classname="a.py", name="is skipped", skipped="known")
PASSED = JUnitCase(classname="a.py", name="passes")


def test_counts_failed_and_skipped_cases() -> None:
    """The numbers of a suite, and those of all, agree with the cases in them."""
    suites = [JUnitSuite(name="one", cases=[FAILED, SKIPPED]), JUnitSuite(name="two", cases=[PASSED])]
    root = ElementTree.fromstring(junit_document("all", suites, seconds=0.5))
    counted = [
        (item.get("name"), item.get("tests"), item.get("failures"), item.get("skipped"))
        for item in (root, *root)
    ]
    assert counted == [("all", "3", "1", "1"), ("one", "2", "1", "1"), ("two", "1", "0", "0")]
    assert root.get("time") == "0.500"


def test_says_where_and_why_a_case_failed() -> None:
    """File and line, the failure in a line and in full; nothing is said of what is not known."""
    (suite,) = ElementTree.fromstring(junit_document("all", [JUnitSuite(name="one", cases=[FAILED, PASSED])]))
    failed, passed = suite
    assert failed.attrib == {"classname": "a.py", "name": "fails", "file": "a.py", "line": "3"}
    (failure,) = failed
    assert (failure.attrib, failure.text) == ({"message": "no", "type": "decision"}, "not at all")
    assert passed.attrib == {"classname": "a.py", "name": "passes"}
    assert list(passed) == []


def test_characters_that_are_not_xml_are_replaced() -> None:
    """Whatever a name holds, the document can be read."""
    case = JUnitCase(classname="a", name="a\x00b<&\x1b", skipped="")
    (suite,) = ElementTree.fromstring(junit_document("all", [JUnitSuite(name="\ud800", cases=[case])]))
    assert (suite.get("name"), suite[0].get("name")) == ("\ufffd", "a\ufffdb<&\ufffd")
