"""The deployment that the tests of the gate and of clients with tokens share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.end_to_end.gated import Gated
from tests.support.end_to_end.project import ProjectCopy


@pytest.fixture(scope="session")
def gated(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[Gated]:
    """The examples of both documents, deployed; its tests carry the mark `xdist_group("gated")`."""
    copy = ProjectCopy(tmp_path_factory.mktemp("gated") / "project", archives)
    # started by its own command, so that its variables can be seen
    command = '"-m", "services.runtime.serve", "services.orbit'
    copy.edit("services/images.toml", command, f'"-u", {command}')
    try:
        found = Gated(copy)
        found.deploy()
        yield found
    finally:
        copy.close()
