"""Copies of the images of a deployment, and what the registry is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.images.composing import ComposedImage, compose_images
from cli.images.copies import lost_images, make_copies, open_store, register_images
from cli.images.registry import ImageRegistry
from cli.project import Project
from components.declarations import load_services
from sandbox.cloud.tasks.images import ImageTable
from stacks.layer_settings import WorkloadSettings
from tests.support.recording.project_copy import project_to_deploy
from tests.support.worlds.fake_ecr import FakeEcr

OTHER = "sha256:" + "0" * 64


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_to_deploy(tmp_path / "project")


def composed(project: Project) -> Mapping[str, ComposedImage]:
    services, table = load_services(project.services), ImageTable.load(project.images)
    return compose_images(project, "dev", services, WorkloadSettings(), table)


def digests(images: Mapping[str, ComposedImage]) -> dict[str, str]:
    return {name: image.digest for name, image in images.items()}


def test_the_wanted_images_of_the_tree_are_copied_and_registered(project: Project) -> None:
    """One that the settings name instead is not made; the registry has each under a tag of its own."""
    images, ecr = composed(project), FakeEcr()
    store, wanted = open_store(project), {**digests(images), "orbit": OTHER}
    make_copies(store, images.values(), wanted)
    register_images(ImageRegistry(ecr, "dev"), store, images.values(), wanted)
    digest = images["axon"].digest
    assert [copy.digest for copy in store.all()] == [digest]
    assert ecr.pushed == {"dev/axon": {digest: f"0.1.0-{digest[7:19]}"}}


def test_copies_of_before_are_registered_again(project: Project) -> None:
    """A sandbox that was started anew has an empty registry, and the copies are still there."""
    images, ecr = composed(project), FakeEcr()
    store, wanted = open_store(project), digests(images)
    make_copies(store, images.values(), wanted)
    register_images(ImageRegistry(ecr, "dev"), store, (), dict.fromkeys(wanted, OTHER))
    assert {name: set(found) for name, found in ecr.pushed.items()} == {
        f"dev/{name}": {digest} for name, digest in wanted.items()
    }


def test_another_program_is_no_copy(project: Project) -> None:
    """It runs in the project's folder as the table says, and is registered all the same."""
    text = project.images.read_text().replace("services.runtime.serve", "http.server")
    project.images.write_text(text.replace("services.axon.app:service", "x"))
    images, ecr = composed(project), FakeEcr()
    make_copies(open_store(project), images.values(), digests(images))
    register_images(ImageRegistry(ecr, "dev"), open_store(project), images.values(), digests(images))
    assert [copy.config.service for copy in open_store(project).all()] == ["orbit"]
    assert set(ecr.pushed) == {"dev/axon", "dev/orbit"}


def test_what_is_not_here_is_named_with_the_reason(project: Project) -> None:
    """No copy, that of another service, or one that was changed."""
    images = composed(project)
    make_copies(open_store(project), images.values(), digests(images))
    (project.code / "axon" / "more.py").write_text("changed = True\n")
    now = composed(project)

    def lost(digest: str) -> str:
        return lost_images(project, "dev", {"axon": digest}, now).get("axon", "")

    assert (lost(now["axon"].digest), lost(images["axon"].digest)) == ("", "")
    assert "of `axon` is not here; its code makes sha256:" in lost(OTHER)
    assert "is of `orbit` and not of `axon`" in lost(images["orbit"].digest)
    copy = open_store(project).find(images["axon"].digest)
    assert copy is not None
    (copy.code / "more.py").write_text("")
    assert "of `axon` was changed" in lost(copy.digest)
