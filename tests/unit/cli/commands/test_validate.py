"""`myelin validate` on a project as people write it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands.validate import validate
from cli.main import app
from tests.support.recording.project_copy import copy_sources


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(copy_sources(tmp_path / "project"))
    return tmp_path / "project"


def test_help_says_what_it_does_and_how_it_ends() -> None:
    """The help begins with what the function's documentation says, and names the exit code of mistakes."""
    shown = " ".join(CliRunner().invoke(app, ["validate", "--help"]).stdout.split())
    assert str(validate.__doc__).splitlines()[0] in shown
    assert "Exits 2 when there is an error." in shown


def test_right_wrong_and_not_checked(root: Path) -> None:
    """A right project exits 0; with mistakes each is one message with file, line, text and hint, and the exit
    code is 2; what could not be checked is said, and exits 3 only with --exit-code. Nothing is written.
    """
    before = sorted(path for path in root.rglob("*") if "__pycache__" not in path.parts)
    right = CliRunner().invoke(app, ["validate"])
    assert (right.exit_code, right.output) == (0, "2 services, 1 call, 4 environments: 0 errors\n")

    code = root / "services" / "axon" / "app.py"
    code.write_text(code.read_text("utf-8").replace('intent("reason")', 'intent("rave")'), encoding="utf-8")
    schema = root / "policies" / "calls" / "rules" / "schema.cedarschema"
    schema.write_text(schema.read_text("utf-8").replace("reason", "think"), encoding="utf-8")
    wrong = CliRunner().invoke(app, ["validate"])
    assert wrong.exit_code == 2
    declared = root / "services" / "axon" / "service.toml"
    line = declared.read_text("utf-8").splitlines().index('name = "reason"') + 1
    assert (
        f"error: services/axon/service.toml:{line}: `axon` declares the intent `reason` and has no handler"
        in wrong.output
    )
    assert f'  {line} | name = "reason"\n' in wrong.output
    assert "error: services/axon/app.py:" in wrong.output
    assert "with the unknown intent `reason`" in wrong.output
    document = json.loads(CliRunner().invoke(app, ["validate", "--json"]).stdout)
    assert document["valid"] is False
    assert [error["path"] for error in document["errors"] if "handler for `rave`" in error["message"]] == [
        "services/axon/app.py"
    ]
    after = sorted(path for path in root.rglob("*") if "__pycache__" not in path.parts)
    assert after == before


def test_what_is_allowed_and_hardly_meant_is_a_warning(root: Path) -> None:
    """A bake that ends before an alarm can be red is told once, with its environments; the exit code is 0."""
    with (root / "services" / "orbit" / "service.toml").open("a") as file:
        file.write('\n[deployment]\nstrategy = "blue_green"\nbake_minutes = 1\n')
    found = CliRunner().invoke(app, ["validate"])
    assert found.exit_code == 0
    told = "dev, prod, sandbox, staging: the deployment of `orbit` (blue_green) is watched for 1 min"
    assert f"warning: {told}" in found.output
    document = json.loads(CliRunner().invoke(app, ["validate", "--json"]).stdout)
    assert document["valid"] is True
    assert [warning.startswith(told) for warning in document["warnings"]] == [True]


def test_what_is_not_checked_is_said(root: Path) -> None:
    """A service whose image runs a program of its own: its handlers cannot be known."""
    images = root / "services" / "images.toml"
    images.write_text(
        '[[image]]\nrepository = "axon"\ncommand = ["node", "a.js"]\n'
        '[[image]]\nrepository = "orbit"\ncommand = ["node", "a.js"]\n',
        encoding="utf-8",
    )
    found = CliRunner().invoke(app, ["validate"])
    assert found.exit_code == 0
    assert "not checked: handlers of axon: its image does not run `services.runtime.serve`\n" in found.output
    assert found.output.endswith("2 services, 1 call, 4 environments: 0 errors, 2 not checked\n")
    assert CliRunner().invoke(app, ["validate", "--exit-code"]).exit_code == 3
