"""`myelin image build` and `list`. DEL-3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cli.commands.image import build
from cli.commands.image.list import list_images
from cli.images.copies import open_store
from tests.support.governance.fixtures import _aws_settings, policy_table, shared_dynamodb
from tests.support.worlds.deploying import Line, releases_in, two_releases
from tests.support.worlds.release_commands import Run, command_runner, read_document

__all__ = ["_aws_settings", "policy_table", "shared_dynamodb"]
COMMANDS = (build, list_images)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, shared_dynamodb: Any) -> Iterator[Line]:
    """Two releases of the same images."""
    with two_releases(tmp_path_factory.mktemp("line"), shared_dynamodb) as made:
        yield made


@pytest.fixture
def run(line: Line, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin image ... --env dev` in that world."""
    return command_runner(line, monkeypatch, "image")


def test_a_built_image_is_copied_registered_and_listed(run: Run, line: Line, shared_dynamodb: Any) -> None:
    """And deployed by nobody: there is no further release. One that is built twice is one."""
    project, world = line
    (project.code / "axon" / "more.py").write_text("MORE = 1\n")
    for _ in range(2):
        made = read_document(run("build", "axon", "--json"))
        assert (made["registered"], len(made["images"])) == (True, 1)
    digest = made["images"][0]["digest"]
    listed = read_document(run("list", "--json"))
    assert listed["total"] == {"axon": 2}
    (found,) = [one for one in listed["images"] if one["digest"] == digest]
    assert (found["scan"], found["findings"]) == ("COMPLETE", {})
    assert found["copy"] == str(open_store(project).find(digest).code)  # type: ignore[union-attr]
    world.clients["ecr"].scans[digest] = {"COMPLETE": {"HIGH": 3}}
    assert f"{digest}  0.1.0-{digest[7:19]}  scan complete: 3 HIGH" in run("list").stdout
    world.clients["ecr"].scans[digest] = {}
    assert "  not scanned" in run("list").stdout
    assert len(releases_in(shared_dynamodb)) == 2


def test_an_unknown_service_is_named(run: Run) -> None:
    """With those that there are, and exit code 2."""
    ran = run("build", "nobody")
    assert ran.exit_code == 2
    assert "there is no service `nobody`" in ran.stderr
    assert "declared are axon, orbit" in ran.stderr
