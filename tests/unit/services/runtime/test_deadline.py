from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.deadline import Deadline, from_header


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (None, 5.0),
        ("2500", 2.5),
        ("0", 0.0),
        ("99999", 5.0),
        ("-1", 5.0),
        ("1.5", 5.0),
        ("", 5.0),
        ("1\n", 5.0),
    ],
)
def test_a_wish_counts_up_to_the_limit(value: str | None, left: float) -> None:
    """The caller's wish counts, the service's limit counts more, and nonsense counts as no wish."""
    assert from_header(value, limit_seconds=5.0, now=100.0).remaining(100.0) == pytest.approx(left)


@given(st.integers(0, 10_000), st.floats(0, 20))
def test_what_is_passed_on_never_grows(milliseconds: int, elapsed: float) -> None:
    """Passing a deadline on after some time gives a later service at most what is left (ORB-1)."""
    first = from_header(str(milliseconds), limit_seconds=8.0, now=0.0)
    second = from_header(first.header(elapsed), limit_seconds=8.0, now=elapsed)

    assert second.at <= max(first.at, elapsed) + 1e-9
    assert Deadline.within(1.0, now=5.0).remaining(7.0) == 0.0
