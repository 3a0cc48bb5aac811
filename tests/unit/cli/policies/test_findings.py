"""How what is wrong with policies is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.policies.findings import (
    counted,
    fault_document,
    fault_lines,
    offending_line,
    relative,
    warning_document,
    warning_lines,
)
from policies.calls.language.errors import PolicyError
from policies.calls.language.sources import read_sources
from policies.calls.linting.impossible import DeclaredNames
from policies.calls.linting.lint import lint
from tests.support.governance.fixtures import SCHEMA
from tests.support.styles import unstyled


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy file in the working folder; its policy is about everything."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema.cedarschema").write_text(SCHEMA)
    path = tmp_path / "a.cedar"
    path.write_text('@id("a")\n@reason("r")\n\tpermit (principal, action, resource);\n')
    return path


def test_fault_is_shown_with_its_text_and_a_mark(file: Path) -> None:
    """A tab stays a tab, so that the mark is below its place."""
    fault = PolicyError("no such action", path=file, line=3, column=10, hint="name another")
    assert [unstyled(line) for line in fault_lines(fault)] == [
        "error: a.cedar:3:10: no such action",
        "  3 | \tpermit (principal, action, resource);",
        "    | \t        ^",
        "hint:  name another",
    ]
    assert fault_document(fault) == {
        "path": "a.cedar",
        "line": 3,
        "column": 10,
        "message": "no such action",
        "text": "\tpermit (principal, action, resource);",
        "hint": "name another",
    }


def test_fault_without_a_place_has_no_text(file: Path) -> None:
    """Nor has one in a file that is gone, or behind its end."""
    lines = list(fault_lines(PolicyError("empty", path=file, line=None, hint="")))
    assert [unstyled(line) for line in lines] == ["error: a.cedar: empty"]
    assert offending_line(file, 99) is None
    assert offending_line(Path("nowhere.cedar"), 1) is None


def test_warning_is_shown_with_its_code(file: Path) -> None:
    """Place, words, code, and what to do."""
    [warning] = lint(read_sources(file.parent), DeclaredNames(services=frozenset(), environments=frozenset()))
    first, second = (unstyled(line) for line in warning_lines(warning))
    assert first.startswith("warning: a.cedar:1: ")
    assert first.endswith(f"[{warning.code}]")
    assert second == f"hint:  {warning.hint}"
    assert warning_document(warning)["path"] == "a.cedar"


def test_numbers_have_their_noun() -> None:
    """One and many."""
    assert [counted(number, "case") for number in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]
    assert counted(2, "policy", "policies") == "2 policies"


def test_path_elsewhere_stays_whole(file: Path) -> None:
    """Only what is below the working folder is said from there."""
    assert (relative(file), relative(Path("/etc/hosts"))) == ("a.cedar", "/etc/hosts")
