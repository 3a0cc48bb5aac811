"""What holds after every test file of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.resources.registered_checks import foreign_checks


@pytest.fixture(autouse=True, scope="module")
def _nothing_stays_registered() -> Iterator[None]:
    """Checkov has one registry in a process: a check that a test leaves there speaks in all later ones."""
    yield
    assert foreign_checks() == []
