"""What checkov makes of plans; it is imported and run once for all tests here, as that takes seconds."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from policies.resources.graph.preview import read_preview
from policies.resources.terraform.omissions import leave_out
from policies.resources.terraform.plan import Translation, translate
from tests.support.resources.oracle import SERVICES, Verdict, document


@pytest.fixture(scope="session")
def scan() -> Callable[[Path], dict[str, set[Verdict]]]:
    """Run checkov over the plans of a folder: the verdicts on each, by file name without suffix."""
    from checkov.runner_filter import RunnerFilter  # noqa: PLC0415 - takes seconds
    from checkov.terraform.plan_runner import Runner  # noqa: PLC0415

    def run(folder: Path) -> dict[str, set[Verdict]]:
        files = sorted(str(path) for path in folder.glob("*.json"))
        before = logging.root.level
        logging.root.setLevel(logging.ERROR)
        try:
            report: Any = Runner().run(
                root_folder=None, files=files, runner_filter=RunnerFilter(framework=["terraform_plan"])
            )
        finally:
            logging.root.setLevel(before)
        found: dict[str, set[Verdict]] = {Path(name).stem: set() for name in files}
        for record in (*report.failed_checks, *report.passed_checks):
            verdict = (record.resource, record.check_id, record.check_result["result"].value)
            found[Path(record.file_path).stem].add(verdict)
        return found

    return run


@pytest.fixture(scope="session")
def oracle_cases(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Any, Translation]]:
    """By service, the plan of Terraform and the translation of the same resources as Pulumi previews them."""
    folder = tmp_path_factory.mktemp("previews")
    cases: dict[str, tuple[Any, Translation]] = {}
    for service in SERVICES:
        written = document(service)
        preview = folder / f"{service}.json"
        preview.write_text(json.dumps(written["preview"]))
        cases[service] = (_as_programs_say_it(written["terraform"]), translate(read_preview(preview)))
    return cases


def _as_programs_say_it(plan: Any) -> Any:
    """Terraform's plan without the empty values that checkov takes for something."""
    for item in plan["planned_values"]["root_module"]["resources"]:
        item["values"] = leave_out(item["type"], item["values"])
    for item in plan["resource_changes"]:
        item["change"]["after"] = leave_out(item["type"], item["change"]["after"])
    return plan


@pytest.fixture(scope="session")
def oracle_verdicts(
    oracle_cases: Mapping[str, tuple[Any, Translation]],
    scan: Callable[[Path], dict[str, set[Verdict]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, set[Verdict]], dict[str, set[Verdict]]]:
    """Checkov's verdicts on Terraform's plans, and on the translations."""
    theirs, ours = tmp_path_factory.mktemp("terraform"), tmp_path_factory.mktemp("translated")
    for service, (plan, translation) in oracle_cases.items():
        (theirs / f"{service}.json").write_text(json.dumps(plan))
        (ours / f"{service}.json").write_text(json.dumps(translation.plan))
    return scan(theirs), scan(ours)
