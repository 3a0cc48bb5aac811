"""One deployed copy with a ledger, for all tests of faults and load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.end_to_end.ledger import with_ledger
from tests.support.end_to_end.project import ProjectCopy, until


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A line of two Orbits, two Axons and two ledgers. Its tests mend what they break.

    They carry the mark `xdist_group("load")`.
    """
    copy = with_ledger(ProjectCopy(tmp_path_factory.mktemp("load") / "project", archives))
    try:
        copy.up()
        yield copy
    finally:
        copy.close()


def _works(line: ProjectCopy) -> bool:
    return line.request("POST", "/dispatch", json={"intent": "reason"}).status_code == 200


@pytest.fixture
def mended(line: ProjectCopy) -> Iterator[ProjectCopy]:
    """The line, well at the beginning; no fault is on at the end."""
    until(lambda: all(service["healthy"] == 2 for service in line.status()["services"]), "all tasks")
    until(lambda: all(_works(line) for _ in range(4)), "a line that works")
    yield line
    for target in ("axon", "ledger", "governance", "dynamodb", "secrets"):
        line.world.end_fault(target)
