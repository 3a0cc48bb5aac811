"""The examples of docs/governance/language.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.declarations import load_services
from policies.calls.language.case_files import check_cases
from policies.calls.language.checking import check
from policies.calls.language.values import SourceText
from policies.calls.linting.impossible import DeclaredNames
from policies.calls.linting.lint import lint
from policies.calls.rehearsing.case_runs import run_cases
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.paths import ROOT

FOLDER = ROOT / "policies" / "calls" / "rules"
TEXT = (ROOT / "docs" / "governance" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"^## (\d+\. [^\n]+)\n.*?^```cedar\n(.*?)^```\n.*?^```yaml\n(.*?)^```",
    TEXT,
    flags=re.MULTILINE | re.DOTALL,
)
SERVICES = load_services(ROOT / "services")


def document(name: str, text: str) -> SourceText:
    return SourceText(path=Path(name), text=text)


def test_there_are_eleven_examples() -> None:
    """Numbered from one, each with a policy and cases."""
    assert [title.split(".")[0] for title, _, _ in EXAMPLES] == [str(number) for number in range(1, 12)]
    assert TEXT.count("```cedar") == TEXT.count("```yaml") == 11


@pytest.mark.parametrize(
    ("policy", "cases"), [example[1:] for example in EXAMPLES], ids=[e[0] for e in EXAMPLES]
)
def test_each_example_decides_what_its_cases_say(policy: str, cases: str) -> None:
    """Published beside the project's own policies, whose decisions it changes only as it says. GOV-3"""
    shipped = [document(path.name, path.read_text()) for path in sorted(FOLDER.rglob("*.cedar"))]
    schema = document("schema.cedarschema", (FOLDER / "schema.cedarschema").read_text())
    sources = check(schema, [*shipped, document("example.cedar", policy)], SERVICES.calls)
    version = Rehearsal.of(cut(sources, Catalogue(services=SERVICES.names, calls=SERVICES.calls)))
    placed = check_cases([document("example.cases.yaml", cases)])
    report = run_cases(version, (case.case for case in placed))
    assert [(result.case.name, result.failure) for result in report.failures] == []
    assert set(re.findall(r'@id\("([^"]+)"\)', policy)) <= report.covered
    warnings = lint(sources, DeclaredNames(services=frozenset(SERVICES.names)))
    assert [warning.code for warning in warnings if warning.path.name == "example.cedar"] == []
