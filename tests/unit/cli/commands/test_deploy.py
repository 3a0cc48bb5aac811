"""`myelin deploy` as a command. DEL-3, SHP-6."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cli.commands.deploy import deploy
from cli.images.copies import open_store
from tests.support.governance.fixtures import _aws_settings, policy_table, shared_dynamodb
from tests.support.worlds.deploying import Line, releases_in, two_releases
from tests.support.worlds.fake_deployments import FakeEcs, FakeWatch, described
from tests.support.worlds.release_commands import Run, command_runner, read_document

__all__ = ["_aws_settings", "policy_table", "shared_dynamodb"]
COMMANDS = (deploy,)
OLD = described("SUCCESSFUL", arn="arn:old")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, shared_dynamodb: Any) -> Iterator[Line]:
    """Two releases, and an ECS in which nothing is under way."""
    with two_releases(tmp_path_factory.mktemp("line"), shared_dynamodb) as (project, world):
        ecs = FakeEcs([OLD], [{"desiredCount": 0, "deployments": []}])
        yield project, replace(world, clients={**world.clients, "ecs": ecs, "cloudwatch": FakeWatch()})


@pytest.fixture
def run(line: Line, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin deploy ... --env dev` in that world."""
    return command_runner(line, monkeypatch, "deploy")


def test_a_dry_run_only_shows_the_plan(run: Run, line: Line, shared_dynamodb: Any) -> None:
    """With what ECS could not do: go back to nothing, or try a service that wants no tasks."""
    ran = run("axon", "--dry-run")
    assert ran.exit_code == 0, ran.stderr
    assert "on release 2:\n" in ran.stdout
    assert "the same, anew" in ran.stdout
    assert "axon has no deployment that was completed: ECS has nothing to go back to" in ran.stdout
    assert "axon wants 0 tasks" in ran.stdout
    (found,) = read_document(run("axon", "--dry-run", "--json"))["services"]
    assert (found["old"], found["predecessor"]) == (found["new"], None)
    assert len(releases_in(shared_dynamodb)) == 2


def test_a_deployment_is_told_to_its_end(run: Run, line: Line, shared_dynamodb: Any) -> None:
    """As lines and as JSON: each is a release."""
    ecs = line[1].clients["ecs"]
    for number, arguments in ((3, ()), (4, ("--json",))):
        ecs.looks = [OLD, OLD, described("SUCCESSFUL", share=100.0, arn=f"arn:{number}")]
        ran = run("axon", *arguments)
        assert ran.exit_code == 0, ran.stderr
        ecs.looks = [OLD]
    assert '"release": 4' in ran.stdout
    assert len(releases_in(shared_dynamodb)) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (["nobody"], 2, "there is no service `nobody`", "deployed are axon"),
        (["axon", "--image", "1.0"], 2, "no image of `axon` has the tag `1.0`", "myelin image list"),
        (["axon", "--image", "sha256:1"], 2, "is no digest", "64 hexadecimal digits"),
        (["axon", "--image", "sha256:" + "0" * 64], 1, "is not in the registry", "myelin image list"),
        ([], 2, "Missing argument 'SERVICE...'", ""),
    ],
)
def test_bad_input_is_one_message(
    run: Run, shared_dynamodb: Any, arguments: list[str], code: int, message: str, hint: str
) -> None:
    """A hint, the right exit code, and nothing changed."""
    before = len(releases_in(shared_dynamodb))
    ran = run(*arguments)
    assert ran.exit_code == code
    assert message in ran.stderr
    assert hint in ran.stderr
    assert len(releases_in(shared_dynamodb)) == before


def test_a_tag_names_its_digest(run: Run, line: Line) -> None:
    """So that the next try is right."""
    copy = next(copy for copy in open_store(line[0]).all() if copy.config.service == "axon")
    ran = run("axon", "--image", f"0.1.0-{copy.digest[7:19]}")
    assert (ran.exit_code, f"--image axon@{copy.digest}" in ran.stderr) == (2, True)
