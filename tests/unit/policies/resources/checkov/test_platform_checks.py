"""The platform's own checks, run by checkov on plans."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from policies.resources.guardrails.catalogue import RULES
from policies.resources.scanning.checkov_runner import Checkov, load
from tests.support.paths import ROOT
from tests.support.resources.registered_checks import foreign_checks, unregistered_after
from tests.support.resources.rule_cases import CASES, Case
from tests.support.resources.terraform_plans import plan

# its import takes seconds, so one worker has all tests with it
pytestmark = pytest.mark.xdist_group("checkov")


@pytest.fixture(scope="module")
def checkov() -> Iterator[Checkov]:
    checker = load()
    with unregistered_after("policies.resources.checkov.platform_checks"):
        import policies.resources.checkov.platform_checks  # noqa: F401, PLC0415 - registers, once checkov is there

        yield checker


def verdicts(checkov: Checkov, document: Any) -> dict[tuple[str, str], bool]:
    run = checkov.run(document)
    assert run.broken == ()
    return {(result.id, result.address): result.passed for result in run.results}


@pytest.fixture(scope="module")
def all_verdicts(checkov: Checkov) -> dict[tuple[str, str], bool]:
    """What checkov says of every case, from one plan."""
    return verdicts(
        checkov, plan(*((case.kind, f"case_{index}", case.values) for index, case in enumerate(CASES)))
    )


@pytest.mark.parametrize(("index", "case"), list(enumerate(CASES)), ids=str)
def test_each_check_on_each_case(
    all_verdicts: Mapping[tuple[str, str], bool], index: int, case: Case
) -> None:
    """A check in checkov says of a plan what the rule says of the Pulumi resource."""
    assert all_verdicts[case.rule, f"{case.kind}.case_{index}"] is case.passes


def test_what_is_not_known_is_not_judged(
    checkov: Checkov, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A value that only the deployment brings is given, where checkov is told to see such values."""
    monkeypatch.setenv("EVAL_TF_PLAN_AFTER_UNKNOWN", "true")
    document = plan(
        ("aws_iam_role", "it", {"name": "x"}), unknown={"permissions_boundary": True, "tags": True}
    )
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    chosen = checkov.runner_filter(framework=["terraform_plan"], checks=["CKV_MYELIN_1", "CKV_MYELIN_9"])
    report = checkov.runner().run(root_folder=None, files=[str(path)], runner_filter=chosen)
    assert [record.check_id for record in report.passed_checks] == ["CKV_MYELIN_9"]
    assert report.failed_checks == []


def test_they_are_registered_for_a_while_alone(checkov: Checkov) -> None:
    """Inside they are there, each under its id; afterwards there is what was there before."""
    before = foreign_checks()
    assert before == sorted(rule.id for rule in RULES)
    with unregistered_after("tests.none"):
        checkov.resource_checks.checks.clear()
        assert foreign_checks() != before
    assert foreign_checks() == before


def test_checkov_itself_loads_the_directory(tmp_path: Path) -> None:
    """`checkov --external-checks-dir` finds every check in our folder (run here through its registry)."""
    import subprocess  # noqa: PLC0415

    program = (
        "from checkov.terraform.checks.resource.registry import resource_registry as r\n"
        f"r.load_external_checks({str(ROOT / 'policies' / 'resources' / 'checkov')!r})\n"
        f"print(all(r.get_check_by_id(i) for i in {[rule.id for rule in RULES]!r}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip().endswith("True")
