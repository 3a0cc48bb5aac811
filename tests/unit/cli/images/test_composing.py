"""Digests of what images would contain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.images.composing import compose_images, image_files
from cli.project import Project
from components.declarations import load_services
from sandbox.cloud.tasks.images import ImageTable
from stacks.layer_settings import WorkloadSettings
from tests.support.paths import ROOT
from tests.support.recording.project_copy import copy_sources


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = copy_sources(tmp_path / "project")
    return Project(root=root, sandbox=root / ".myelin")


def digests(project: Project, **settings: object) -> Mapping[str, str]:
    images = compose_images(
        project,
        "sandbox",
        load_services(project.services),
        WorkloadSettings.model_validate(settings),
        ImageTable.load(project.images),
    )
    return {name: image.digest for name, image in images.items()}


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("services/axon/heartbeat.py", {"axon"}),
        ("services/orbit/new.json", {"orbit"}),
        ("services/runtime/service.py", {"axon", "orbit"}),
        ("services/requirements.lock", {"axon", "orbit"}),
        ("services/axon/README.md", set()),
        ("services/axon/service.toml", set()),
        ("services/axon/__pycache__/app.pyc", set()),
    ],
)
def test_what_an_image_contains_makes_its_digest(project: Project, path: str, changed: set[str]) -> None:
    """Changed code is another image of exactly the services that contain it; documents and caches are not."""
    before = digests(project)
    file = project.root / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{file.read_text('utf-8') if file.exists() else ''}\n# changed\n", encoding="utf-8")
    after = digests(project)
    assert {name for name in before if before[name] != after[name]} == changed


def test_the_entry_of_the_table_counts_and_the_program_that_it_names(project: Project) -> None:
    """Another command is another image, and so is another text of a program that it runs."""
    before = digests(project)
    text = project.images.read_text("utf-8")
    project.images.write_text(text.replace('"services.axon.app:service"', '"main.js"'), encoding="utf-8")
    (project.root / "main.js").write_text("1", encoding="utf-8")
    entry = digests(project)
    (project.root / "main.js").write_text("2", encoding="utf-8")
    program = digests(project)
    assert len({each["axon"] for each in (before, entry, program)}) == 3
    assert len({each["orbit"] for each in (before, entry, program)}) == 1


def test_code_that_is_installed_is_that_which_runs(project: Project, tmp_path: Path) -> None:
    """A project without code of its own runs the installed one, and has the same digests."""
    bare = Project(root=tmp_path / "bare", sandbox=tmp_path / "sandbox")
    for path in ("axon/service.toml", "orbit/service.toml", "images.toml"):
        target = bare.services / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / "services" / path).read_bytes())
    assert digests(bare) == digests(project)
    assert [name for name, _ in image_files(bare, "axon")] == [
        name for name, _ in image_files(project, "axon")
    ]
