"""`myelin new service` on a project as people write it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.commands.new.service import service
from cli.main import app
from tests.support.commands import unused_options
from tests.support.paths import ROOT
from tests.support.recording.project_copy import copy_sources


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    monkeypatch.chdir(copy_sources(tmp_path / "project"))
    return tmp_path / "project"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["new", "service", *arguments])


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not {".myelin", "__pycache__"} & {*path.parts}
    }


def test_every_option_is_used() -> None:
    """An option that is read nowhere would be a trap."""
    assert unused_options(service) == set()


@pytest.mark.costly("runs the tests of the project that it makes")
def test_what_it_wrote_is_right_and_its_tests_pass(root: Path) -> None:
    """After one command each, of the kit and behind the gate, everything fits together, and the new tests
    pass; that nobody compares the application behind the gate with its declaration is said. The same once
    more is refused and changes nothing. GOV-4
    """
    asked = ("--calls", "axon:reason", "--called-by", "orbit")
    made = run("payments", "--intent", "credit", *asked)
    assert made.exit_code == 0, made.output
    assert "created  services/payments/app.py\n" in made.output
    assert "myelin dispatch credit --target payments  ask for work\n" in made.output
    guarded = run("quotes", "--gate", "--intent", "quote", *asked)
    assert guarded.exit_code == 0, guarded.output
    assert "created  services/quotes/main.py\n" in guarded.output
    assert re.search(r"next: +services/quotes/main\.py +where the work is done\n", guarded.output)
    validated = CliRunner().invoke(app, ["validate"])
    assert validated.exit_code == 0
    assert validated.output.startswith("not checked: handlers of quotes: behind the gate, nobody compares ")
    assert validated.output.endswith("\n4 services, 5 calls, 4 environments: 0 errors, 1 not checked\n")
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "--rootdir", root, "-p",
         "no:cacheprovider", "-o", f"pythonpath={root}", "tests/unit/services"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "2 passed" in tested.stdout

    before = files(root)
    again = run("payments", "--intent", "credit")
    assert again.exit_code == 2
    assert "`services/payments` is there already" in again.output
    assert files(root) == before


def test_a_dry_run_writes_nothing_and_says_what_it_would(root: Path) -> None:
    """With --dry-run the plan is told, with what is still to do, as text or as one document."""
    before = files(root)
    shown = run("payments", "--dry-run")
    assert "would create  services/payments/service.toml\n" in shown.output
    assert "note: nobody may call `payments` yet" in shown.output
    document = json.loads(run("payments", "--dry-run", "--json").stdout)
    assert (document["service"], document["intents"], document["dry_run"]) == ("payments", ["echo"], True)
    assert files(root) == before


def test_a_call_is_service_and_intent(root: Path) -> None:
    """Anything else is refused, with the form."""
    refused = run("payments", "--calls", "axon")
    assert refused.exit_code == 2
    assert "write SERVICE:INTENT" in refused.output
