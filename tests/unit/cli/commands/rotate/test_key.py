"""What `myelin rotate key` does, says and exits with. KEY-1."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.commands import COMMANDS
from cli.commands.rotate.key import key
from cli.main import app
from tests.support.paths import ROOT
from tests.support.rotation.fake_clients import NOW, FakeClient, listed_secret
from tests.support.worlds.fake_world import OUTPUTS, asking_environment, fake_world
from tests.support.worlds.sessions import use_world


@pytest.fixture
def kms() -> FakeClient:
    """A key `platform` that is rotated as often as it is asked."""
    done: list[dict[str, Any]] = []
    aliases = [{"AliasName": "alias/dev/platform", "TargetKeyId": "1"}]

    def rotate(**_: Any) -> Any:
        done.append({"RotationType": "ON_DEMAND", "RotationDate": NOW})
        return {}

    return FakeClient(
        {
            "list_aliases": {"Aliases": aliases},
            "describe_key": {"KeyMetadata": {"Arn": "arn:key/1", "KeySpec": "SYMMETRIC_DEFAULT"}},
            "get_key_rotation_status": {"KeyRotationEnabled": True},
            "list_key_rotations": lambda **_: {"Rotations": list(done)},
            "rotate_key_on_demand": rotate,
        }
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kms: FakeClient) -> Any:
    """Runs `myelin rotate key` on `dev`."""
    written = [{"VersionId": "old", "VersionStages": ["AWSCURRENT"], "CreatedDate": NOW - timedelta(1)}]
    secrets = FakeClient(
        {
            "list_secrets": {"SecretList": [listed_secret("a/b", KmsKeyId="arn:key/1")]},
            "list_secret_version_ids": {"Versions": written},
        }
    )

    def runs(*arguments: str, asks: bool = False) -> Result:
        world = fake_world(tmp_path, recorded=dict(OUTPUTS), clients={"kms": kms, "secretsmanager": secrets})
        if asks:
            world.environment = asking_environment(world.environment)
        use_world(monkeypatch, lambda _: world)
        words = ["rotate", "key", *arguments, "--env", "dev", "--project", str(ROOT)]
        return CliRunner().invoke(app, words)

    return runs


def test_the_report_says_what_is_under_older_material(run: Any) -> None:
    """How many rotations are used, which versions were written before, and of what nothing is known."""
    ran = run("platform", "--json")
    document = json.loads(ran.stdout)
    assert (ran.exit_code, document["on_demand"], document["on_demand_left"]) == (0, 1, 24)
    assert document["older"] == [{"secret": "a/b", "version": "old", "labels": ["AWSCURRENT"]}]
    assert "log groups" in document["not_known"]


def test_lines_say_the_same_in_words(run: Any) -> None:
    """For people, with the way to newer material."""
    lines = run("platform").stdout.splitlines()
    assert lines[0] == "platform has new material; 1 of 25 on-demand rotations are used"
    assert lines[1] == "a/b: version old (AWSCURRENT) is under older material"
    assert "a rotation of such a secret" in lines[2]
    assert lines[3].startswith("not known of log groups")


def test_a_dry_run_rotates_nothing(run: Any, kms: FakeClient) -> None:
    """It says how the key stands."""
    ran = run("platform", "--dry-run")
    assert "would be rotated; 0 of 25" in ran.stdout
    assert "rotate_key_on_demand" not in [name for name, _ in kms.calls]


def test_where_changes_are_confirmed_it_asks(run: Any, kms: FakeClient) -> None:
    """Without a terminal and `--yes` nothing is rotated; with it, it is."""
    ran = run("platform", asks=True)
    assert (ran.exit_code, "--yes" in ran.stderr) == (2, True)
    assert "rotate_key_on_demand" not in [name for name, _ in kms.calls]
    assert run("platform", "--yes", asks=True).exit_code == 0


def test_an_unknown_key_exits_2(run: Any) -> None:
    """With the nearest one."""
    ran = run("platfrom")
    assert (ran.exit_code, "did you mean `platform`" in ran.stderr) == (2, True)


def test_the_list_of_commands_says_what_the_command_says() -> None:
    """Help is made of both."""
    assert (key.__doc__ or "").splitlines()[0] == COMMANDS["rotate key"].summary
