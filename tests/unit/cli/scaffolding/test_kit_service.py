"""The code of a new service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.scaffolding.kit_service import NewCall, NewService, code_files
from tests.support.paths import ROOT

LONG = "a" * 64
SERVICES = [
    NewService(name="payments", intents=("credit",)),
    NewService(name="zeta", intents=("credit",)),
    NewService(
        name="a" * 20,
        intents=(LONG, "class", "a-b", "a_b"),
        calls=(NewCall(service="b" * 20, intent=LONG), NewCall(service="c", intent="list")),
    ),
]


@pytest.mark.parametrize("service", SERVICES, ids=["small", "after the runtime", "long names"])
def test_code_is_as_the_rest_of_the_project(tmp_path: Path, service: NewService) -> None:
    """Whatever the names, the code passes the linter with the project's rules, and is formatted."""
    for change in code_files(service):
        path = tmp_path / change.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change.text, encoding="utf-8")
    # the linter tells own packages from others by what is there
    runtime = tmp_path / "services" / "runtime"
    runtime.mkdir()
    for module in ("__init__", "testing"):
        (runtime / f"{module}.py").write_text('"""There."""\n', encoding="utf-8")
    config = ("--config", str(ROOT / "pyproject.toml"))
    for check in (["check", "--ignore=S101", *config], ["format", "--check", *config]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_code_is_at_most_fifteen_lines() -> None:
    """A service of one intent, blank lines left out. GOV-4"""
    [app] = [change.text for change in code_files(SERVICES[0]) if change.path.name == "app.py"]
    assert len([line for line in app.splitlines() if line.strip()]) <= 15
