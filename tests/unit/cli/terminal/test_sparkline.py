"""Numbers as a row of bars."""

from __future__ import annotations

import pytest

from cli.terminal.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([], ""),
        ([None, 0, 0], "·▁▁"),
        ([1, 4, 8], "▂▅█"),
        ([None, 3, None], "·█·"),
        ([-1, 2], "▁█"),
        ([0.001, 1000], "▁█"),
    ],
)
def test_the_largest_is_the_highest_and_nothing_is_a_dot(values: list[float | None], shown: str) -> None:
    """No data is told from a zero."""
    assert sparkline(values) == shown
