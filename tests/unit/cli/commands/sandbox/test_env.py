"""What `myelin sandbox env` prints."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from cli.commands.sandbox.env import UNSET
from cli.main import app
from cli.project import Project
from cli.worlds.sandbox import SandboxWorld
from sandbox.cloud.access import credentials_file
from sandbox.cloud.access.keys import OPERATOR, AccessKey, make_access_key
from sandbox.cloud.host import Host
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import environment_named
from tests.support.worlds.sessions import use_world


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AccessKey:
    """The operator's key of a sandbox that runs in a folder with a blank in its name."""
    folder = tmp_path / "a sandbox"
    folder.mkdir()
    made = make_access_key()
    credentials_file.write(folder / "credentials", {OPERATOR: made, "ada": make_access_key()})
    host = Host(
        endpoint="http://127.0.0.1:1",
        pid=1,
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
        incarnation="first",
        version="",
        directory=folder,
    )
    project = Project(root=tmp_path, sandbox=folder)
    use_world(
        monkeypatch,
        lambda session: SandboxWorld(
            project, environment_named("dev"), host=host, identity=session.acting_as or OPERATOR
        ),
    )
    return made


def shown(*arguments: str) -> str:
    ran = CliRunner().invoke(app, ["sandbox", "env", *arguments, "--project", str(ROOT)])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_a_shell_that_runs_it_reaches_the_sandbox_and_nothing_else(key: AccessKey) -> None:
    """Its keys replace those of a real account, and what else would get in the way goes."""
    script = f"{shown()}\nenv"
    real = {
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SESSION_TOKEN": "t",
        "AWS_PROFILE": "prod",
        "PATH": "/bin:/usr/bin",
    }
    ran = subprocess.run(["sh", "-c", script], env=real, capture_output=True, text=True, check=True)
    found = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == (key.id, key.secret)
    assert (found["AWS_ENDPOINT_URL"], found["AWS_PROFILE"]) == ("http://127.0.0.1:1", OPERATOR)
    assert not found.keys() & set(UNSET)


def test_the_variables_are_enough_for_an_sdk(key: AccessKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--json` has the same; boto3 takes key, region and endpoint from them."""
    document = json.loads(shown("--json"))
    for name in document["unset"]:
        monkeypatch.delenv(name, raising=False)
    for name, value in document["variables"].items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client("sts")
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:1", "us-east-1")
    assert key.id in client.generate_presigned_url("get_caller_identity")


def test_another_identity_has_a_key_of_its_own(key: AccessKey) -> None:
    """`--as` names it, and its profile."""
    variables = json.loads(shown("--as", "ada", "--json"))["variables"]
    assert variables["AWS_PROFILE"] == "ada"
    assert variables["AWS_ACCESS_KEY_ID"] != key.id
