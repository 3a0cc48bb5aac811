"""Documents that machines check: links, commands, decisions, requirement ids, and that every test is run."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
REQUIREMENT = re.compile(r"\b(?:SHP|NET|ECS|MSH|KEY|SEC|IAM|AXN|ORB|GOV|DEL|OBS|ZTN|DOC|ENV|CHK|FID)-\d+\b")


def tracked(pattern: str) -> list[Path]:
    """The files that are, or will be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted({ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()})


CODE_PATH = re.compile(
    r"`((?:cli|components|docs|lambdas|policies|sandbox|services|stacks|tests)/[\w./*-]*|\w+\.(?:py|toml|yaml))`"
)
"""A path below one of the top-level folders, or the bare name of a file, between backticks."""
ELSEWHERE = {"myelin-check.toml", "Pulumi.dev.yaml"}
"""Files of a reader's own project."""


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))


@pytest.mark.parametrize("document", tracked("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(document: Path) -> None:
    """Every relative link of a document names a file that exists."""
    links = (link for link in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link)
    missing = [link for link in links if not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", tracked("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_code_that_documents_name_exists(document: Path) -> None:
    """Every path of a file or folder of ours that a document names between backticks is there."""
    if document.name == "CHANGELOG.md":
        return  # it tells of the past, too
    names = {path.name for path in tracked("*")}
    missing = [
        named
        for named in CODE_PATH.findall(re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL))
        if named not in names | ELSEWHERE
        and not (list(ROOT.glob(named)) if "*" in named else (ROOT / named).exists())
    ]
    assert missing == []


@pytest.mark.parametrize("document", tracked("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_that_documents_name_exist(document: Path) -> None:
    """Every `make <target>` in a document is a target of the Makefile."""
    named = set(
        re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert named <= targets((ROOT / "Makefile").read_text(encoding="utf-8"))


def test_ci_runs_the_commands_that_contributing_names() -> None:
    """CI runs exactly the commands that CONTRIBUTING gives (ENV-1)."""
    ran = re.findall(
        r"^make ([a-z-]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    assert any(
        re.findall(r"make ([a-z-]+)", block)
        == ran
        == ["check", "test", "test-costly", "test-versions", "coverage"]
        for block in blocks
    )


@pytest.mark.parametrize("decision", tracked("docs/adr/*.md"), ids=lambda path: path.name)
def test_decisions_have_their_three_parts(decision: Path) -> None:
    """Every decision record is numbered as its file is, and says context, decision and consequences."""
    text = decision.read_text(encoding="utf-8")
    number = int(decision.name.split("-", 1)[0])
    assert text.startswith(f"# {number}. ")
    for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
        assert part in text


def test_decisions_are_numbered_without_gaps() -> None:
    """Decision records are numbered from 1 up."""
    numbers = [int(path.name.split("-", 1)[0]) for path in tracked("docs/adr/*.md")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_requirement_ids_exist() -> None:
    """Every requirement id that a test names is in the list of requirements."""
    known = set(REQUIREMENT.findall((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")))
    named = {
        found
        for path in tracked("tests/*.py")
        for found in REQUIREMENT.findall(path.read_text(encoding="utf-8"))
    }
    assert named <= known


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_test_is_in_a_file_that_pytest_collects() -> None:
    """A test function stands in a file named test_*.py: a proof that nobody runs is worse than none."""
    stray = [
        f"{path.relative_to(ROOT)}:{function.lineno}"
        for path in tracked("tests/*.py")
        if not path.name.startswith("test_")
        for function in functions(path)
        if function.name.startswith("test_")
    ]
    assert stray == []


def test_every_test_states_its_fact() -> None:
    """Every test function has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}:{function.lineno}"
        for path in tracked("tests/test_*.py") + tracked("tests/**/test_*.py")
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert silent == []


@pytest.mark.parametrize("lock", tracked("*requirements*.lock"), ids=lambda path: str(path.relative_to(ROOT)))
def test_lock_files_have_hashes_and_name_no_host(lock: Path) -> None:
    """Every locked package has hashes, and no lock file names a registry."""
    text = lock.read_text(encoding="utf-8")
    packages = re.findall(r"^[a-zA-Z0-9_.-]+(?:\[[^\]]+\])?==", text, flags=re.MULTILINE)
    assert packages
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
