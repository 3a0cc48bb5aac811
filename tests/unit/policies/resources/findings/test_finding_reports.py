"""The report in its four forms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from policies.resources.findings.baseline import read_baseline, write_baseline
from policies.resources.findings.document import json_document
from policies.resources.findings.errors import BaselineError, OutputError
from policies.resources.findings.junit import junit_text
from policies.resources.findings.settlement import settle
from policies.resources.findings.severity import Severity
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
    """One of each: failed, suppressed, known, undecided by two checks, a malformed suppression, an unmapped
    type.
    """
    failed, excused, known = finding(line=30), finding(line=10), finding("CKV_AWS_21", line=50)
    open_ = replace(finding("CKV_AWS_26", line=60), detail="`kmsKeyId` is not known before a deployment")
    problem = Problem(path="app.py", line=3, message="this suppression has no reason", hint="write one")
    one = replace(scan(failed, excused, known), unmapped=(UNMAPPED,), notes=("read in part",))
    two = scan(stack="sandbox-platform", passed=7)
    one = replace(one, undecided=(open_, replace(open_, check=replace(open_.check, id="CKV_AWS_27"))))
    excuse = suppression()
    return settle([one, two], [excuse, problem], frozenset({known.fingerprint}), TODAY, whole=True)


def test_the_text_names_everything(report: Report) -> None:
    """What was counted comes first; then each check with its places, each unknown with its checks, and all
    else.
    """
    assert list(text_lines(report)) == [
        "dev: 1 failed, 2 not decided, 5 passed, 1 suppressed, 1 in the baseline: "
        "10 checks on 3 resources of 1 stack",
        "  dev-platform: read in part",
        "sandbox: 0 failed, 0 not decided, 7 passed, 0 suppressed: 7 checks on 3 resources of 1 stack",
        "",
        "medium: CKV_AWS_18 Ensure CKV_AWS_18",
        "  hint: set `logging`",
        "  dev-platform: components/store.py:30: logs (aws:s3/bucket:Bucket) in store (myelin:store:Store)",
        "      no logging",
        "",
        "not decided:",
        "  dev-platform: components/store.py:60: logs (aws:s3/bucket:Bucket) in store (myelin:store:Store)",
        "      `kmsKeyId` is not known before a deployment",
        "      CKV_AWS_26, CKV_AWS_27",
        "",
        "suppressions that fail:",
        "  app.py:3: this suppression has no reason",
        "    hint: write one",
        "",
        "suppressions:",
        "  components/store.py:9: CKV_AWS_18 until 2027-06-30 (1 excused)",
        "    nobody reads this bucket",
        "",
        "not checked, as the type has no Terraform name:",
        f"  dev-platform: app.py:4: aws:new/thing:Thing {UNMAPPED.urn}",
        "",
        "to mend: 1 failed check and 1 suppression",
    ]


def test_long_lists_are_cut() -> None:
    """At most so many places of a check are shown, and how many more there are; 0 shows all."""
    findings = [finding(line=line, name=f"b{line}") for line in range(1, 8)]
    report = settle([scan(*findings)], [], frozenset(), TODAY, whole=True)
    lines = list(text_lines(report, 3))
    assert sum("components/store.py:" in line for line in lines) == 3
    assert "  and 4 more; `--show 0` shows all" in lines
    assert sum("components/store.py:" in line for line in text_lines(report, 0)) == 7


def test_the_worst_comes_first() -> None:
    """Checks are in the order of their severity."""
    low, high = finding("CKV_AWS_1"), finding("CKV_AWS_2")
    low = replace(low, check=replace(low.check, severity=Severity.LOW))
    high = replace(high, check=replace(high.check, severity=Severity.HIGH))
    report = settle([scan(low, high)], [], frozenset(), TODAY, whole=True)
    heads = [line for line in text_lines(report) if line.endswith(("CKV_AWS_1", "CKV_AWS_2"))]
    assert heads == ["high: CKV_AWS_2 Ensure CKV_AWS_2", "low: CKV_AWS_1 Ensure CKV_AWS_1"]


def test_nothing_to_judge_is_said() -> None:
    """A run in which no check said anything does not call that good."""
    report = settle([scan(passed=0)], [], frozenset(), TODAY, whole=True)
    lines = list(text_lines(report))
    assert lines[0] == "dev: nothing was judged: 0 checks on 3 resources of 1 stack"
    assert lines[-1] == "nothing was judged"


def test_the_json_document_has_every_part(report: Report) -> None:
    """A finding has URN, component, file and line, check, title and hint; suppressions are listed."""
    found = json.loads(json.dumps(json_document(report)))
    assert found["clean"] is False
    assert [(stack["stack"], stack["checks"]) for stack in found["stacks"]] == [
        ("dev-platform", 10),
        ("sandbox-platform", 7),
    ]
    assert [item["check"] for item in found["undecided"]] == ["CKV_AWS_26", "CKV_AWS_27"]
    assert found["stacks"][0]["undecided"] == 2
    assert found["stacks"][0]["unmapped"] == [
        {"urn": UNMAPPED.urn, "type": UNMAPPED.token, "location": "app.py:4"}
    ]
    (failed,) = found["failed"]
    assert failed == {
        "check": "CKV_AWS_18",
        "title": "Ensure CKV_AWS_18",
        "hint": "set `logging`",
        "severity": "medium",
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
    assert suites["dev-platform"][0].get("name") == "5 of 10 checks passed"


def test_junit_stays_xml_whatever_a_name_holds() -> None:
    """Control characters in a resource's name do not break the file."""
    broken = replace(finding(), name="a\x00b<&\x1b")
    report = settle([scan(broken)], [], frozenset(), TODAY, whole=True)
    assert ElementTree.fromstring(junit_text(report)) is not None


def test_a_clean_run_says_so() -> None:
    """With nothing failed the last line says that nothing is left, and JSON says clean."""
    report = settle([scan()], [], frozenset(), TODAY, whole=True)
    assert list(text_lines(report)) == [
        "dev: 0 failed, 0 not decided, 5 passed, 0 suppressed: 5 checks on 3 resources of 1 stack",
        "",
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


def test_a_baseline_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The place is named."""
    with pytest.raises(OutputError, match="cannot be written"):
        write_baseline(tmp_path / "none" / "baseline.json", [])
