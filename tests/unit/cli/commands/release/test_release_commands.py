"""`myelin release`: what each command shows, and what it refuses. DEL-3, SHP-6."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.commands.release import diff, options, rollback, show, status
from cli.commands.release.list import list_releases
from cli.project import Project
from tests.support.governance.fixtures import _aws_settings, policy_table, shared_dynamodb
from tests.support.worlds.deploying import NIGHT, Line, releases_in, two_releases
from tests.support.worlds.release_commands import Run, read_document, release_runner

__all__ = ["_aws_settings", "policy_table", "shared_dynamodb"]
COMMANDS = (diff, list_releases, options, rollback, show, status)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, shared_dynamodb: Any) -> Iterator[Line]:
    """Two releases, for tests that leave them as they are."""
    with two_releases(tmp_path_factory.mktemp("line"), shared_dynamodb) as made:
        yield made


@pytest.fixture
def project(line: Line) -> Iterator[Project]:
    """The project, whose new policy may be deleted."""
    yield line[0]
    (line[0].policies / "night.cedar").write_text(NIGHT)


@pytest.fixture
def run(line: Line, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin release ... --env dev` in that world."""
    return release_runner(line, monkeypatch)


def test_releases_are_listed_the_newest_first(run: Run) -> None:
    """As lines and as JSON, at most as many as wanted."""
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1"]
    found = read_document(run("list", "--limit", "1", "--json"))
    assert (found["total"], [one["number"] for one in found["releases"]]) == (2, [2])


def test_a_release_is_shown_whole(run: Run) -> None:
    """With every input in JSON."""
    assert run("show", "1").stdout.startswith("release   1, succeeded\n")
    found = read_document(run("show", "2", "--json"))
    assert found["number"] == 2
    assert "night.cedar" in found["input_values"]["policies"]
    assert found["input_values"]["settings"]["platform"]["myelin:logRetentionDays"] == "60"


@pytest.mark.parametrize(
    "command", [["show", "9"], ["diff", "9", "1"], ["diff", "1", "9"], ["rollback", "--to", "9"]]
)
def test_an_unknown_release_is_named(run: Run, command: Any) -> None:
    """With those that there are, and exit code 2."""
    ran = run(*command)
    assert ran.exit_code == 2
    assert "error: `dev` has no release 9\n" in ran.stderr
    assert "there are 1 to 2; list them with `myelin release list dev`" in ran.stderr


def test_two_releases_are_compared(run: Run, project: Project) -> None:
    """Or one with what is declared now; a difference is no failure, but with `--exit-code`."""
    assert "policy      night.cedar: added\n" in run("diff", "1", "2").stdout
    assert run("diff", "2", "--exit-code").stdout == "no input differs\n"
    (project.policies / "night.cedar").unlink()
    ran = run("diff", "2", "--json", "--exit-code")
    assert ran.exit_code == 3
    found = json.loads(ran.stdout)
    assert (found["old"], found["new"]) == (2, None)
    assert [(one["name"], one["old"], one["new"]) for one in found["differences"]] == [
        ("night.cedar", NIGHT, None)
    ]


def test_status_says_which_serves_and_what_differs(run: Run, project: Project) -> None:
    """From what is declared; and exits 3 then, if wanted."""
    found = read_document(run("status", "--json", "--exit-code"))
    assert (found["serving"], found["newest"], found["held"]) == (2, 2, None)
    assert (found["inputs_declared_otherwise"], found["policies_as_released"]) == (0, True)
    (project.policies / "night.cedar").unlink()
    ran = run("status", "--exit-code")
    assert ran.exit_code == 3
    assert "declared  1 inputs are otherwise; `myelin release diff 2 --env dev` shows them" in ran.stdout


def test_a_rollback_shows_and_asks(run: Run, shared_dynamodb: Any) -> None:
    """Without a terminal `--yes` is needed, and nothing was changed."""
    ran = run("rollback")
    assert ran.exit_code == 2
    assert "from release 2 to the inputs of release 1" in ran.stderr
    assert "policy      night.cedar: removed" in ran.stderr
    assert "this would roll dev back to release 1, and there is no terminal" in ran.stderr
    assert len(releases_in(shared_dynamodb)) == 2


def test_a_rollback_can_be_rehearsed(run: Run, shared_dynamodb: Any) -> None:
    """`--dry-run` shows inputs and plan."""
    found = read_document(run("rollback", "--dry-run", "--json"))
    assert (found["back_to"], found["newest"], found["changed"]) == (1, 2, True)
    assert found["policy"]["changed"]
    assert len(releases_in(shared_dynamodb)) == 2


def test_another_program_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the commit of the release: its inputs are applied with the program that is here."""
    assert "the program here" not in run("rollback", "--dry-run").stderr
    monkeypatch.setattr("cli.commands.release.rollback.hash_program", lambda: "other")
    said = run("rollback", "--dry-run").stderr
    assert "the program here has other code than release 1 had (commit none: not made in a Git" in said
