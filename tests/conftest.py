"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.effort import effort

# a test must not fail because the machine is busy, so no example has a deadline
settings.register_profile("myelin", max_examples=effort(50), deadline=None)
settings.load_profile("myelin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage where a whole sandbox runs: it does so in processes of its own."""
    for item in items:
        if item.get_closest_marker("sandbox"):
            item.add_marker(pytest.mark.no_cover)
