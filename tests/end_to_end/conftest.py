"""Projects to deploy: one for each test that disturbs it, one shared by those that only look and call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.census import census
from tests.end_to_end.project import ProjectCopy, archive_cache


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage here: what is tested runs in processes of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of code archives that the workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return archive_cache(shared / "archives")


@pytest.fixture
def project(tmp_path: Path, archives: Path) -> Iterator[ProjectCopy]:
    """A copy that is not deployed yet; whatever runs at the end is ended, and nothing may be left."""
    copy = ProjectCopy(tmp_path / "project", archives)
    yield copy
    copy.close()


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed copy, for tests that disturb neither it nor each other.

    They carry the mark `xdist_group("deployed")`, so that one worker has them all.
    """
    copy = ProjectCopy(tmp_path_factory.mktemp("deployed") / "project", archives)
    try:
        copy.up()
        yield copy
    finally:
        copy.close()


@pytest.fixture(scope="session")
def _as_declared(
    tmp_path_factory: pytest.TempPathFactory, archives: Path
) -> Iterator[tuple[ProjectCopy, dict[str, int]]]:
    copy = ProjectCopy(tmp_path_factory.mktemp("running") / "project", archives)
    try:
        copy.up()
        yield copy, census(copy)
    finally:
        copy.close()


@pytest.fixture(scope="session")
def running(_as_declared: tuple[ProjectCopy, dict[str, int]]) -> ProjectCopy:
    """A deployed copy whose files may be changed, for tests that leave it deployed as declared.

    They carry the mark `xdist_group("change")`, so that one worker has them all.
    """
    return _as_declared[0]


@pytest.fixture(scope="session")
def expected(_as_declared: tuple[ProjectCopy, dict[str, int]]) -> dict[str, int]:
    """What an undisturbed deployment makes."""
    return _as_declared[1]


@pytest.fixture(scope="session")
def breakable(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed copy for tests that break what runs, and do not mend all of it.

    They carry the mark `xdist_group("breakable")`. What a file may rely on, it says.
    """
    copy = ProjectCopy(tmp_path_factory.mktemp("breakable") / "project", archives)
    try:
        copy.up()
        yield copy
    finally:
        copy.close()
