"""Recognizing that nothing a deployment is made of has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.deployment.fingerprint import Fingerprint, compute_fingerprint
from cli.project import Project


def test_matches_only_what_was_saved(tmp_path: Path) -> None:
    """It matches once it was saved, until it is removed, and only the same value."""
    mine = Fingerprint(value="a", file=tmp_path / "new" / "dev.fingerprint")
    other = Fingerprint(value="b", file=mine.file)
    assert not mine.matches()
    mine.save()
    assert mine.matches()
    assert not other.matches()
    mine.remove()
    mine.remove()
    assert not mine.matches()


@pytest.mark.parametrize(
    "name",
    [
        "Pulumi.yaml",
        "services/axon/service.toml",
        "services/images.toml",
        "stacks/config/Pulumi.dev-workloads.yaml",
        "policies/calls/rules/no-erase.cedar",
        "policies/calls/rules/no-erase.cases.yaml",
    ],
)
def test_every_file_that_people_write_counts(project: Project, name: str) -> None:
    """A change of any of them gives another fingerprint."""
    before = compute_fingerprint(project, "dev")
    assert compute_fingerprint(project, "dev") == before
    path = project.root / name
    path.write_text(f"{path.read_text()}\n")
    assert compute_fingerprint(project, "dev") != before


def test_environments_have_fingerprints_of_their_own(project: Project) -> None:
    """The same files make another deployment in another environment."""
    assert compute_fingerprint(project, "dev") != compute_fingerprint(project, "sandbox")
