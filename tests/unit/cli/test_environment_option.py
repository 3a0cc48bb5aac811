"""Saying which environment a command is about."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.errors import NotDeployedError, UsageError
from cli.main import app
from cli.session import chosen_environment
from tests.support.paths import ROOT

COMMANDS = (
    ["up"],
    ["preview"],
    ["status"],
    ["logs"],
    ["dispatch", "reason"],
    ["policy", "list"],
    ["policy", "show", "a"],
    ["policy", "put", "a.cedar"],
    ["policy", "delete", "a"],
    ["policy", "history"],
    ["policy", "explain", "orbit", "reason"],
    ["policy", "replay"],
    ["policy", "drafts"],
    ["policy", "activate", "0" * 36],
    ["policy", "discard", "0" * 36],
    ["policy", "collect"],
    ["audit", "list"],
)
OTHERS = (["policy", "rollback"], ["policy", "diff"], ["audit", "verify"])
"""Their last argument may be left out, and ENV in its place would be taken for it."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the environments of this one, declarations, and nothing that runs."""
    shutil.copytree(ROOT / "stacks" / "config", tmp_path / "stacks" / "config")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    (tmp_path / "services" / "axon").mkdir(parents=True)
    shutil.copy(ROOT / "services" / "axon" / "service.toml", tmp_path / "services" / "axon")
    (tmp_path / "a.cedar").write_text('@id("a") @reason("r") permit (principal, action, resource);')
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, code: int) -> Any:
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == code, ran.output
    return ran


def test_argument_and_option_mean_the_same() -> None:
    """ENV, --env and the default; both are fine as long as they agree."""
    assert chosen_environment(None, None) is None
    assert chosen_environment("dev", None) == chosen_environment(None, "dev") == "dev"
    assert chosen_environment("dev", "dev") == "dev"
    with pytest.raises(UsageError, match="two environments are given, `dev` and `--env sandbox`"):
        chosen_environment("dev", "sandbox")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("given", [["nosuch"], ["--env", "nosuch"], ["-e", "nosuch"]], ids=" ".join)
def test_every_command_takes_both(root: Path, command: list[str], given: list[str]) -> None:
    """Each command that is about an environment takes it as its last argument and with --env."""
    assert "there is no environment `nosuch`" in run(*command, *given, code=2).stderr


@pytest.mark.parametrize("command", OTHERS, ids=" ".join)
@pytest.mark.parametrize("option", ["--env", "-e"])
def test_other_commands_take_the_option(root: Path, command: list[str], option: str) -> None:
    """Where a name could be meant as another argument, only --env says the environment."""
    assert "there is no environment `nosuch`" in run(*command, option, "nosuch", code=2).stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_two_environments_are_refused(root: Path, command: list[str]) -> None:
    """Two that differ are refused before anything is read."""
    assert "two environments" in run(*command, "dev", "--env", "sandbox", code=2).stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_missing_stack_file_is_named(root: Path, command: list[str]) -> None:
    """An environment that lacks one of its three files is not said to be none."""
    (root / "stacks" / "config" / "Pulumi.dev-platform.yaml").unlink()
    shown = run(*command, "--env", "dev", code=2).stderr
    assert shown.startswith("error: the environment `dev` lacks stacks/config/Pulumi.dev-platform.yaml\n")


def test_doctor_finds_a_missing_stack_file(root: Path) -> None:
    """An environment with too few files is among the findings, and not passed over."""
    (root / "stacks" / "config" / "Pulumi.dev-platform.yaml").unlink()
    checks = json.loads(run("doctor", "--json", code=1).stdout)["checks"]
    [dev] = [check for check in checks if check["subject"] == "environment dev"]
    assert dev["verdict"] == "failed"
    assert dev["detail"] == "the environment `dev` lacks stacks/config/Pulumi.dev-platform.yaml"


def test_logs_of_a_word_that_is_no_environment(root: Path) -> None:
    """A service or an id in the place of the environment is told the option that it belongs to."""
    assert run("logs", "axon", code=2).stderr == (
        "error: `axon` is no environment\nhint:  for its lines alone, write `--service axon`\n"
    )
    assert "for the lines of one call, write `--correlation-id 6f1c`; environments here are" in (
        run("logs", "6f1c", code=2).stderr
    )


@pytest.mark.parametrize("text", ["a b", 'a"b', "ä", "x" * 129, "a\n", "a,b", "\udcff"])
@pytest.mark.parametrize("command", [["dispatch", "reason"], ["logs"]], ids=" ".join)
def test_correlation_id_that_no_service_takes_over(root: Path, command: list[str], text: str) -> None:
    """An id that would be replaced on the way is refused, and the characters it may have are said."""
    shown = run(*command, "--correlation-id", text, code=2).stderr
    assert "cannot be a correlation id" in shown
    assert "hint:  use 1 to 128 letters, digits and characters out of ._:=@/+-\n" in shown


def test_correlation_id_with_every_allowed_character(root: Path) -> None:
    """What the hint allows is allowed: the command goes on to look for the sandbox."""
    assert (
        "no sandbox is running" in run("dispatch", "reason", "--correlation-id", "aZ0._:=@/+-", code=1).stderr
    )


def test_not_deployed_names_what_is() -> None:
    """The hint names the environments that are deployed, if any."""
    assert NotDeployedError("dev").hint == "deploy it with `myelin up dev`"
    assert NotDeployedError("dev", deployed=("sandbox",)).hint == (
        "deploy it with `myelin up dev`; deployed are `sandbox`"
    )
