"""What checkov makes of plans; it is imported and run once for all tests here, as that takes seconds."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from policies.resources.graph.preview import read_preview
from policies.resources.terraform.plan import Translation, translate

ORACLE = Path(__file__).with_name("oracle")
SERVICES = sorted(path.stem for path in ORACLE.glob("*.json"))
Verdict = tuple[str, str, str]
"""Address, check id, result."""


def previewed_tokens() -> list[str]:
    """The resource types of the oracle, as Pulumi calls them."""
    documents = [json.loads((ORACLE / f"{service}.json").read_text()) for service in SERVICES]
    return sorted({step["newState"]["type"] for one in documents for step in one["preview"]["steps"]})


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
        document = json.loads((ORACLE / f"{service}.json").read_text())
        preview = folder / f"{service}.json"
        preview.write_text(json.dumps(document["preview"]))
        cases[service] = (document["terraform"], translate(read_preview(preview)))
    return cases


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
