"""The report in its four forms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]
import pytest

from policies.resources.findings.baseline import read_baseline, write_baseline
from policies.resources.findings.document import json_document
from policies.resources.findings.errors import BaselineError, OutputError
from policies.resources.findings.junit import junit_text
from policies.resources.findings.sarif import sarif_document
from policies.resources.findings.settlement import settle
from policies.resources.findings.text import text_lines
from policies.resources.findings.values import Problem, Report, Unmapped
from policies.resources.graph.values import Location
from tests.support.resources.found import TODAY, finding, scan, suppression

UNMAPPED = Unmapped(
    urn="urn:pulumi:dev-platform::myelin::aws:new/thing:Thing::x",
    token="aws:new/thing:Thing",
    location=Location(path="app.py", line=4),
)


@pytest.fixture
def report() -> Report:
    """One failure, one suppressed, one known, one malformed suppression, one type that is not mapped."""
    failed, excused, known = finding(line=30), finding(line=10), finding("CKV_AWS_21", line=50)
    problem = Problem(path="app.py", line=3, message="this suppression has no reason", hint="write one")
    one = replace(scan(failed, excused, known), unmapped=(UNMAPPED,), notes=("read in part",))
    two = scan(stack="sandbox-platform", passed=7)
    excuse = suppression()
    return settle([one, two], [excuse, problem], frozenset({known.fingerprint}), TODAY, whole=True)


def test_the_text_names_everything(report: Report) -> None:
    """Grouped by stack and component: place, check, resource, URN, detail and hint; then all else."""
    assert list(text_lines(report)) == [
        "dev-platform: failed",
        "  in store (myelin:store:Store)",
        "    components/store.py:30: CKV_AWS_18 Ensure CKV_AWS_18",
        "        logs (aws:s3/bucket:Bucket)",
        "        urn:pulumi:dev-platform::myelin::aws:s3/bucket:Bucket::logs",
        "        no logging",
        "        hint: set `logging`",
        "",
        "suppressions that fail:",
        "  app.py:3: this suppression has no reason",
        "    hint: write one",
        "",
        "suppressions:",
        "  components/store.py:9: CKV_AWS_18 until 2027-06-30 (1 excused)",
        "    nobody reads this bucket",
        "",
        "not checked by checkov, as the type has no Terraform name:",
        f"  dev-platform: app.py:4: aws:new/thing:Thing {UNMAPPED.urn}",
        "",
        "dev-platform: read in part",
        "dev: 8 checks ran on 3 resources of 1 stack: 5 passed, 1 failed, 1 suppressed, 1 in the baseline",
        "sandbox: 7 checks ran on 3 resources of 1 stack: 7 passed, 0 failed, 0 suppressed",
        "to mend: 1 failed check and 1 suppression",
    ]


def test_the_json_document_has_every_part(report: Report) -> None:
    """A finding has URN, component, file and line, check, title and hint; suppressions are listed."""
    found = json.loads(json.dumps(json_document(report)))
    assert found["clean"] is False
    assert [(stack["stack"], stack["checks"]) for stack in found["stacks"]] == [
        ("dev-platform", 8),
        ("sandbox-platform", 7),
    ]
    assert found["stacks"][0]["unmapped"] == [
        {"urn": UNMAPPED.urn, "type": UNMAPPED.token, "location": "app.py:4"}
    ]
    (failed,) = found["failed"]
    assert failed == {
        "check": "CKV_AWS_18",
        "title": "Ensure CKV_AWS_18",
        "hint": "set `logging`",
        "tool": "checkov",
        "stack": "dev-platform",
        "urn": "urn:pulumi:dev-platform::myelin::aws:s3/bucket:Bucket::logs",
        "type": "aws:s3/bucket:Bucket",
        "name": "logs",
        "component": "store (myelin:store:Store)",
        "path": "components/store.py",
        "line": 30,
        "detail": "no logging",
    }
    assert found["suppressed"][0]["suppression"] == "components/store.py:9"
    assert found["suppressions"][0] | {"reason": "", "place": ""} == {
        "place": "",
        "checks": ["CKV_AWS_18"],
        "until": "2027-06-30",
        "stacks": [],
        "reason": "",
        "excused": 1,
    }
    assert len(found["baseline"]) == len(found["problems"]) == 1


def test_sarif_marks_what_is_suppressed(report: Report) -> None:
    """Code scanning gets every failure with its line; excused and known ones carry their justification."""
    document = sarif_document(report)
    jsonschema.validate(document, SARIF_SHAPE)
    (run,) = document["runs"]
    results = run["results"]
    lines = {
        (result["ruleId"], result["locations"][0]["physicalLocation"]["region"]["startLine"]): [
            mark["justification"] for mark in result.get("suppressions", [])
        ]
        for result in results
    }
    assert lines == {
        ("CKV_AWS_18", 30): [],
        ("CKV_AWS_18", 10): ["nobody reads this bucket (until 2027-06-30)"],
        ("CKV_AWS_21", 50): ["baseline"],
        ("suppression", 3): [],
    }
    assert {result["ruleId"] for result in results} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert run["properties"]["suppressions"][0]["reason"] == "nobody reads this bucket"


def test_junit_counts_what_it_lists(report: Report) -> None:
    """Failures fail, excused and known ones are skipped with why; the numbers agree with the cases."""
    root = ElementTree.fromstring(junit_text(report))
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["dev-platform", "sandbox-platform", "suppressions"]
    for suite in suites.values():
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))
    (case,) = [item for item in suites["dev-platform"] if item.find("failure") is not None]
    assert (case.get("file"), case.get("line")) == ("components/store.py", "30")
    assert suites["suppressions"].get("failures") == "1"
    assert suites["dev-platform"][0].get("name") == "5 of 8 checks passed"


def test_junit_stays_xml_whatever_a_name_holds() -> None:
    """Control characters in a resource's name do not break the file."""
    broken = replace(finding(), name="a\x00b<&\x1b")
    report = settle([scan(broken)], [], frozenset(), TODAY, whole=True)
    assert ElementTree.fromstring(junit_text(report)) is not None


def test_a_clean_run_says_so() -> None:
    """With nothing failed the last line says that nothing is left, and JSON says clean."""
    report = settle([scan()], [], frozenset(), TODAY, whole=True)
    assert list(text_lines(report)) == [
        "dev: 5 checks ran on 3 resources of 1 stack: 5 passed, 0 failed, 0 suppressed",
        "nothing to mend",
    ]
    assert json_document(report)["clean"] is True


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Failures kept once are known the next time."""
    path = tmp_path / "baseline.json"
    write_baseline(path, [finding(), finding(), finding("CKV_AWS_21")])
    assert read_baseline(path) == {finding().fingerprint, finding("CKV_AWS_21").fingerprint}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such baseline"),
        ('{"version": 1, "findi', "the baseline is not JSON"),
        ("[]", "this is no baseline"),
        ('{"version": 9, "findings": []}', "this is no baseline"),
        ('{"version": 1, "findings": [1]}', "this is no baseline"),
    ],
)
def test_a_bad_baseline_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    """A baseline that is missing or broken must not count as empty."""
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BaselineError) as failure:
        read_baseline(path)
    assert failure.value.message == message
    assert "--write-baseline" in failure.value.hint


def test_a_baseline_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    """The place is named."""
    with pytest.raises(OutputError, match="can not be written"):
        write_baseline(tmp_path / "none" / "baseline.json", [])


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


_TEXT = {"type": "string"}
_MESSAGE = _object(["text"], text=_TEXT)
_PHYSICAL = _object(
    ["artifactLocation"],
    artifactLocation=_object(["uri"], uri=_TEXT),
    region=_object(["startLine"], startLine={"type": "integer", "minimum": 1}),
)
SARIF_SHAPE = _object(
    ["version", "runs"],
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": _object(
            ["tool", "results"],
            tool=_object(
                ["driver"],
                driver=_object(
                    ["name"],
                    rules={"type": "array", "uniqueItems": True, "items": _object(["id"], id=_TEXT)},
                ),
            ),
            results={
                "type": "array",
                "items": _object(
                    ["message"],
                    message=_MESSAGE,
                    level={"enum": ["none", "note", "warning", "error"]},
                    locations={"type": "array", "items": _object([], physicalLocation=_PHYSICAL)},
                    suppressions={
                        "type": "array",
                        "items": _object(["kind"], kind={"enum": ["inSource", "external"]}),
                    },
                ),
            },
        ),
    },
)
"""The parts of SARIF 2.1.0 that a report uses, as the standard's schema has them."""
