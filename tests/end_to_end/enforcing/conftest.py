"""One sandbox with random declarations, in which nothing may get past governance."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.end_to_end.project import ProjectCopy
from tests.support.enforcing.declarations import Declarations, random_declarations
from tests.support.enforcing.played_caller import PlayedCallers
from tests.support.enforcing.timeline import Timeline


@pytest.fixture(scope="session")
def declared() -> Declarations:
    """Another choice by MYELIN_TEST_SEED."""
    return random_declarations(int(os.environ.get("MYELIN_TEST_SEED", "1")))


@pytest.fixture(scope="session")
def enforced(
    tmp_path_factory: pytest.TempPathFactory, archives: Path, declared: Declarations
) -> Iterator[ProjectCopy]:
    """The deployed project of these declarations. Its tests carry the mark `xdist_group("enforcing")`."""
    copy = ProjectCopy(tmp_path_factory.mktemp("enforced") / "project", archives)
    try:
        declared.write(copy)
        copy.up()
        yield copy
    finally:
        copy.close()


@pytest.fixture(scope="session")
def callers(enforced: ProjectCopy, declared: Declarations) -> PlayedCallers:
    return PlayedCallers(enforced, declared)


@pytest.fixture(scope="session")
def timeline(enforced: ProjectCopy, declared: Declarations) -> Timeline:
    return Timeline(project=enforced, declared=declared)
