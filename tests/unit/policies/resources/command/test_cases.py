"""Documents of many kinds with their right verdicts, each named for what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from policies.resources.command.main import app, explain
from policies.resources.graph.errors import GraphError
from policies.resources.scanning.checkov_runner import load
from tests.support.resources.sarif_schema import validate_sarif

pytestmark = pytest.mark.xdist_group("checkov")
CASES = Path(__file__).with_name("cases")
S3 = ("CKV_AWS_18", "CKV_AWS_21", "CKV_AWS_145", "CKV2_AWS_6", "CKV2_AWS_61")
INGRESS = ("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277")
ODD_NAMES = ("a::b", "eu west/1", "ünï-cødé", "1st", 'x"y', "a.b[0]", "a_b[0]", "-", "very" * 60)


@dataclass(frozen=True, kw_only=True)
class Right:
    """The right answer: checks by the names of resources that fail them, pass them, or leave them open."""

    failed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    undecided: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unmapped: int = 0
    judged: bool = True


RIGHT = {
    "aws-native-only.preview.json": Right(unmapped=2, judged=False),
    "destroyed-stack.export.json": Right(judged=False, notes=("no AWS resource among the 0",)),
    "docdb-no-log-exports.preview.json": Right(failed={"d": ("CKV_AWS_85",)}),
    "event-stream.preview.ndjson": Right(failed={"t": ("CKV_AWS_26",)}),
    "iam-policy-unknown.preview.json": Right(
        undecided={"pol": ("CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_286", "CKV_AWS_355", "CKV2_AWS_40")},
        failed={"q": ("CKV_AWS_27",)},
    ),
    "imported-with-literal-ids.export.json": Right(
        passed={"b": ("CKV_AWS_21",), "g": ("CKV2_AWS_5",)}, failed={"b": ("CKV_AWS_18",)}
    ),
    "kms-unknown-from-stack-reference.preview.json": Right(
        undecided={"t": ("CKV_AWS_26",), "s": ("CKV_AWS_149",), "l": ("CKV_AWS_158",)}
    ),
    "local-state-file.export.json": Right(failed={"plain": S3}),
    "nlb-tcp-80.preview.json": Right(failed={"nlb": ("CKV_AWS_91",)}),
    "no-aws.preview.json": Right(judged=False, notes=("no AWS resource among the 3",)),
    "odd-names.preview.json": Right(failed=dict.fromkeys(ODD_NAMES, ("CKV_AWS_26",))),
    "old-token-elasticloadbalancingv2.preview.json": Right(
        failed={"lb": ("CKV_AWS_91", "CKV_AWS_131"), "l": ("CKV_AWS_2", "CKV_AWS_103")}
    ),
    "path-with-space.preview.json": Right(failed={"t": ("CKV_AWS_26",)}),
    "pending.export.json": Right(failed={"t": ("CKV_AWS_26",)}, notes=("operations were cut off (1)",)),
    "policy-statement-string.preview.json": Right(
        undecided={"pol": ("CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_286"), "bp": ("CKV_AWS_70",)},
        failed=dict.fromkeys(("pol", "rp", "ro", "bp", "qp", "tp", "k", "erp", "sp"), ("CKV_MYELIN_17",)),
    ),
    "positions.preview.json": Right(
        failed={"none": ("CKV_AWS_26",), "win": ("CKV_AWS_26",), "ts": ("CKV_AWS_26",), "inner": S3}
    ),
    "preview-nothing-changes.preview.json": Right(judged=False, notes=("--show-sames",)),
    "preview-without-sames.preview.json": Right(undecided={"logs": S3}, notes=("--show-sames",)),
    "refresh-then-delete.preview.json": Right(failed={"keep": ("CKV_AWS_26",)}),
    "s3-bare.export.json": Right(failed={"plain": S3}),
    "s3-bare.preview.json": Right(failed={"plain": S3}),
    "s3-split-literal-name.preview.json": Right(passed={"logs": ("CKV_AWS_21",)}),
    "s3-split.export.json": Right(passed={"logs": S3}),
    "s3-split.preview.json": Right(passed={"logs": S3}),
    "sg-ingress-rule-all-protocols.preview.json": Right(failed={"all": INGRESS}),
    "sg-inline-forms.preview.json": Right(
        failed={"g": ("CKV_AWS_24",), "h": ("CKV_AWS_24",), "str": ("CKV_AWS_24",), "all": INGRESS}
    ),
    "sg-self-rule-hides-ssh.preview.json": Right(failed={"g": ("CKV_AWS_24",)}),
    "sg-separate-rule-ssh.export.json": Right(failed={"ssh": ("CKV_AWS_24",)}),
    "sg-separate-rule-ssh.preview.json": Right(failed={"ssh": ("CKV_AWS_24",)}),
    "utf16-as-powershell-writes.preview.json": Right(failed={"plain": S3}),
}


@pytest.fixture(scope="module", autouse=True)
def checkov() -> None:
    """Imports checkov before the output is captured."""
    load()


def run(name: str, *more: str) -> Result:
    source = "--export" if ".export." in name else "--preview"
    return CliRunner().invoke(app, [source, str(CASES / name), *more])


def test_every_case_has_its_answer() -> None:
    """No document lies here without a right answer."""
    assert {path.name for path in CASES.iterdir()} == {*RIGHT, "preview-failed-no-steps.preview.json"}


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_the_verdicts_are_right(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check that matters fails, passes or is undecided as it should; SARIF and JUnit agree with the
    report.
    """
    monkeypatch.chdir(tmp_path)
    files = ("--output", "sarif=check.sarif", "--output", "junit=check.xml", "--output", "json=check.json")
    result = run(name, *files, "--exit-code", "--show", "0")
    found = json.loads(Path("check.json").read_text(encoding="utf-8"))
    right = RIGHT[name]
    failed, undecided = _by_name(found["failed"]), _by_name(found["undecided"])
    for resource, checks in right.failed.items():
        assert failed.get(resource, set()) >= set(checks)
    for resource, checks in right.undecided.items():
        assert undecided.get(resource, set()) >= set(checks)
        assert not failed.get(resource, set()) & set(checks)
    for resource, checks in right.passed.items():
        assert not (failed.get(resource, set()) | undecided.get(resource, set())) & set(checks)
    if right.failed:
        assert failed.keys() <= {*right.failed, *right.undecided, *right.passed, "i", "k"}
    notes = " ".join(note for stack in found["stacks"] for note in stack["notes"])
    assert all(note in notes for note in right.notes)
    assert sum(len(stack["unmapped"]) for stack in found["stacks"]) == right.unmapped
    assert sum(stack["checks"] for stack in found["stacks"]) > 0 or not right.judged
    assert result.exit_code == (3 if found["failed"] else 0), result.output
    first = result.stdout.splitlines()[0]
    assert (f"{len(found['undecided'])} not decided" in first) is right.judged
    assert ("nothing was judged" in first) is not right.judged
    _reports_agree(found)


def _by_name(findings: list[dict[str, Any]]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for item in findings:
        names.setdefault(item["name"], set()).add(item["check"])
    return names


def _reports_agree(found: dict[str, Any]) -> None:
    sarif = json.loads(Path("check.sarif").read_text(encoding="utf-8"))
    validate_sarif(sarif)
    results = sarif["runs"][0]["results"]
    assert len(results) == len(found["failed"])
    for item in results:
        uri = item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not uri.startswith(("/", "..", "C:"))
        assert " " not in uri
    suites = ElementTree.parse("check.xml").getroot()
    assert int(suites.get("failures", "")) == len(found["failed"])
    skipped = len(found["undecided"]) + sum(len(stack["unmapped"]) for stack in found["stacks"])
    assert int(suites.get("skipped", "")) == skipped


def test_a_network_balancer_redirects_nothing() -> None:
    """A check that is about application load balancers says nothing of others."""
    found = json.loads(run("nlb-tcp-80.preview.json", "--json").stdout)
    assert "CKV2_AWS_20" not in {item["check"] for item in [*found["failed"], *found["undecided"]]}


def test_a_malformed_policy_breaks_no_check() -> None:
    """What cannot be read is told as that, and no check fails or breaks because of it."""
    found = json.loads(run("policy-statement-string.preview.json", "--json").stdout)
    assert not any("could not run" in (item["detail"] or "") for item in found["undecided"])
    assert {item["check"] for item in found["failed"] if item["name"] == "pol"} <= {"CKV_MYELIN_17"}


def test_a_program_that_failed_exits_2() -> None:
    """Its diagnostics are the message."""
    result = run("preview-failed-no-steps.preview.json")
    assert isinstance(result.exception, GraphError)
    assert explain(result.exception) == 2
    assert "Program failed with an unhandled exception" in str(result.exception)


def test_undecided_alone_exits_0_unless_it_is_wanted() -> None:
    """`--fail-on undecided` makes an undecided check fail the run."""
    name = "preview-without-sames.preview.json"
    assert run(name, "--exit-code").exit_code == 0
    assert run(name, "--exit-code", "--fail-on", "undecided").exit_code == 3
