"""Old copies of images are deleted, and none that a release or a setting names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.deployment.releasing.old_images import collect_images, named_images
from cli.images import collecting
from cli.images.copies import open_store
from cli.releases.errors import LedgerError
from sandbox.cloud.images.manifest import ImageConfig
from stacks.names import Layer
from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.worlds.deploying import releases_in, two_releases

__all__ = ["_aws_settings", "dynamodb", "policy_table"]
PINNED = "sha256:" + "7" * 64


def test_only_unnamed_ones_go(
    tmp_path: Path, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A release's images and a stack file's stay; without the ledger all do, and that is said."""
    with two_releases(tmp_path, dynamodb) as (project, world):
        file = project.stack_file("prod", Layer.WORKLOADS)
        file.write_text(f"{file.read_text()}  myelin:images:\n    axon: {PINNED}\n")
        store = open_store(project)
        released = {copy.digest for copy in store.all()}
        assert named_images(project, world) == released | {PINNED}
        for number in range(3):
            store.add(ImageConfig(service="axon", command=(str(number),), environment={}), [])
        monkeypatch.setattr(collecting, "KEPT", 1)
        monkeypatch.setattr(collecting, "EVERY", 1)

        def refuse(*_: Any) -> None:
            raise LedgerError("the ledger is gone")

        with monkeypatch.context() as broken:
            broken.setattr("cli.deployment.releasing.old_images.open_ledger", refuse)
            collect_images(project, world)
        assert "no old image is deleted: the ledger is gone" in capsys.readouterr().err
        assert len(store.all()) == len(released) + 3
        collect_images(project, world)
        left = {copy.digest for copy in store.all()}
        assert (left > released, len(left)) == (True, len(released) + 1)
        assert len(releases_in(dynamodb)) == 2
