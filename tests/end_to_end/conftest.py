"""Projects to deploy: each is shared by the tests of one group, which say what they do to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.end_to_end.census import census
from tests.support.end_to_end.project import ProjectCopy, archive_cache

SHARED_BY_MANY = "deployed"
"""The one group of tests whose sandbox a quick run starts."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage here: what is tested runs elsewhere. Every further sandbox is costly."""
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if not str(item.path).startswith(here):
            continue
        item.add_marker(pytest.mark.no_cover)
        group = item.get_closest_marker("xdist_group")
        starts_another = group is None or group.args[0] != SHARED_BY_MANY
        if starts_another and item.get_closest_marker("sandbox") is not None:
            item.add_marker(pytest.mark.costly("a sandbox of its own"))


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


@contextmanager
def deployment(root: Path, archives: Path, *arguments: str, json: bool = True) -> Iterator[ProjectCopy]:
    """A deployed copy for as long as the block lasts; then it is ended, and nothing may be left."""
    copy = ProjectCopy(root / "project", archives)
    try:
        copy.up(*arguments, json=json)
        yield copy
    finally:
        copy.close()


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed copy, for tests that leave it as they found it.

    They carry the mark `xdist_group("deployed")`, so that one worker has them all.
    """
    with deployment(tmp_path_factory.mktemp("deployed"), archives) as copy:
        yield copy


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A copy deployed in words, whose files may be changed, for tests that leave it deployed as declared.

    They carry the mark `xdist_group("change")`, so that one worker has them all.
    """
    with deployment(tmp_path_factory.mktemp("running"), archives, json=False) as copy:
        copy.undisturbed = census(copy)
        yield copy


@pytest.fixture(scope="session")
def breakable(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed copy for tests that break what runs, and do not mend all of it.

    They carry the mark `xdist_group("breakable")`. What a file may rely on, it says.
    """
    with deployment(tmp_path_factory.mktemp("breakable"), archives) as copy:
        copy.undisturbed = census(copy)
        yield copy


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A copy in which the environment `dev` is deployed, until the last test of it ends the sandbox.

    They carry the mark `xdist_group("dev")`.
    """
    with deployment(tmp_path_factory.mktemp("dev"), archives, "dev") as copy:
        yield copy


@pytest.fixture(scope="session")
def rotating(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed copy whose services look at their signing keys every second.

    They carry the mark `xdist_group("rotating")`.
    """
    with deployment(tmp_path_factory.mktemp("rotating"), archives) as copy:
        for service in ("axon", "orbit"):
            file = copy.path(f"services/{service}/service.toml")
            text = file.read_text(encoding="utf-8")
            file.write_text(
                text.replace("[environment]\n", '[environment]\nSIGNING_KEY_REFRESH_SECONDS = "1"\n'),
                encoding="utf-8",
            )
        copy.up()
        yield copy
