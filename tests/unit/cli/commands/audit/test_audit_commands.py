"""`myelin audit`: what the options ask of the admin function, and what needs none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from cli.commands import commands_of
from cli.commands.audit.list import list_entries
from cli.commands.audit.verify import verify_trail
from cli.main import app
from tests.support.commands import unused_options
from tests.support.governance.admin_api import administered, first_version, written
from tests.support.governance.fixtures import SCHEMA
from tests.support.governance.recording_admin import RecordingAdmin, recording_admin
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import fake_world, outputs_with
from tests.support.worlds.sessions import use_world

COMMANDS = (list_entries, verify_trail)
Run = Callable[..., Result]


@pytest.fixture
def recorded(dynamodb: Any) -> Iterator[RecordingAdmin]:
    """An admin function with a trail of two entries."""
    first_version(dynamodb, SCHEMA)
    admin = administered()
    assert admin("PUT", "/policies/other", {"text": written("other")})[0] == 200
    with recording_admin(admin) as found:
        yield found


@pytest.fixture
def asked(recorded: RecordingAdmin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The environments whose admin function was looked up; every one has the recorded function."""
    return use_world(
        monkeypatch,
        lambda session: fake_world(
            tmp_path,
            session.environment,
            recorded=outputs_with(recorded.url),
            clients={"s3": boto3.client("s3")},
        ),
    )


@pytest.fixture
def run(asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin audit`."""
    assert asked == []
    monkeypatch.chdir(tmp_path)

    def runs(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["audit", *arguments, "--project", str(ROOT)])

    return runs


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_option_is_used(command: Callable[..., None]) -> None:
    """An option that is read nowhere would be a trap."""
    assert unused_options(command) == set()
    assert len(COMMANDS) == len(commands_of("audit"))


def test_entries_after_a_number_are_listed(run: Run, recorded: RecordingAdmin) -> None:
    """`--after` is asked of the function, and JSON has the same entries as the lines."""
    assert len(run("list").stdout.splitlines()) == 2
    [line] = run("list", "--after", "1").stdout.splitlines()
    [entry] = json.loads(run("list", "--after", "1", "--json").stdout)["entries"]
    assert line.split()[0] == str(entry["sequence"]) == "2"
    assert [request.query["after"] for request in recorded.requests] == ["0", "1", "1"]


def test_environment_is_that_of_the_option(run: Run, asked: list[str]) -> None:
    """As the last argument of `list`, as an option of both."""
    assert run("list", "dev").exit_code == 0
    assert run("list", "--env", "dev").exit_code == 0
    found = run("verify", "--env", "dev")
    assert found.exit_code == 0, found.output
    assert run("verify").exit_code == 0
    assert asked == ["dev", "dev", "dev", "sandbox"]


def test_export_is_verified_with_nothing_but_its_key(
    run: Run, recorded: RecordingAdmin, asked: list[str], tmp_path: Path
) -> None:
    """`--export` writes trail and key; `verify` of files asks nobody, and `--key` names another key."""
    shown = run("list", "--export", "trail.txt")
    assert shown.stderr == "wrote 2 entries to trail.txt, and the key to trail.txt.pem\n"
    requests, looked_up = len(recorded.requests), len(asked)
    assert run("verify", "trail.txt").stdout.splitlines() == [
        "2 entries hold, signed for up to the last by 1 checkpoints",
        "no bucket was asked: whether there are later entries only it can tell, or --witness",
    ]
    (tmp_path / "trail.txt.pem").rename(tmp_path / "other.pem")
    assert run("verify", "trail.txt").exit_code == 2
    assert json.loads(run("verify", "trail.txt", "--key", "other.pem", "--json").stdout)["entries"] == 2
    assert (len(recorded.requests), len(asked)) == (requests, looked_up)


@pytest.mark.parametrize("option", [("--env", "dev"), ("--as", "ada")], ids=" ".join)
def test_files_have_no_environment(run: Run, tmp_path: Path, option: tuple[str, str]) -> None:
    """An option that could have no effect is refused."""
    (tmp_path / "trail.txt").touch()
    refused = run("verify", "trail.txt", *option)
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"error: files and `{option[0]}` exclude each other\n")


def test_witness_remembers_what_was_verified(run: Run, recorded: RecordingAdmin, tmp_path: Path) -> None:
    """An earlier export that holds in itself is known to be one; GOVERNANCE and files say what they prove."""
    run("list", "--export", "early.txt")
    assert run("verify", "--witness", "seen.json").exit_code == 0
    assert json.loads(run("verify", "early.txt", "--witness", "seen.json", "--json").stdout)["lock"] is None
    assert recorded.admin("PUT", "/policies/more", {"text": written("more")})[0] == 200
    shown = json.loads(run("verify", "--witness", "seen.json", "--json").stdout)
    assert (shown["entries"], shown["checkpoints"], shown["lock"]) == (3, 2, "COMPLIANCE")
    assert run("verify", "early.txt").exit_code == 0
    broken = run("verify", "early.txt", "--witness", "seen.json")
    assert broken.exit_code == 1
    assert "`seen.json` remembers checkpoint 2" in broken.stderr
