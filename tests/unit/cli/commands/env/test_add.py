"""`myelin env add`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.commands.env.add import add
from cli.main import app
from tests.support.commands import unused_options
from tests.support.recording.project_copy import copy_sources


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    monkeypatch.chdir(copy_sources(tmp_path / "project"))
    return tmp_path / "project"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["env", "add", *arguments])


def test_every_option_is_used() -> None:
    """An option that is read nowhere would be a trap."""
    assert unused_options(add) == set()


def test_one_command_makes_an_environment(root: Path) -> None:
    """Its files are there, and everything fits together. ENV-1"""
    made = run("live", "--like", "prod")
    assert made.exit_code == 0, made.output
    files = [f"stacks/config/Pulumi.live-{layer}.yaml" for layer in ("foundation", "platform", "workloads")]
    assert made.output.splitlines()[:3] == [f"created  {file}" for file in files]
    validated = CliRunner().invoke(app, ["validate"])
    assert validated.output == "2 services, 1 call, 5 environments: 0 errors\n"


def test_a_dry_run_writes_nothing(root: Path) -> None:
    """It says what it would write, as a document, too."""
    shown = run("qa", "--dry-run", "--json")
    document = json.loads(shown.stdout)
    assert (document["environment"], document["like"], document["dry_run"]) == ("qa", "dev", True)
    assert document["created"][0] == "stacks/config/Pulumi.qa-foundation.yaml"
    assert not (root / document["created"][0]).exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Qa"], "`Qa` cannot name an environment"),
        (["dev-2"], "`dev-2` cannot name an environment"),
        (["a" * 12], f"`{'a' * 12}` cannot name an environment"),
        (["dev"], "`stacks/config/Pulumi.dev-foundation.yaml` is there already"),
        (["qa", "--like", "nowhere"], "there is no environment `nowhere`"),
        (["qa", "--like", "sandbox"], "`sandbox` is no model for an environment"),
    ],
)
def test_what_cannot_be_is_refused(root: Path, arguments: list[str], said: str) -> None:
    """With the reason, and nothing is written."""
    before = sorted(root.rglob("*.yaml"))
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert said in refused.output
    assert sorted(root.rglob("*.yaml")) == before
