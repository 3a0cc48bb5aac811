from __future__ import annotations

import hashlib
import hmac
import threading
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.axon.heartbeat import Heart, stamp

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_a_heartbeat_is_numbered_and_stamped() -> None:
    """Each heartbeat has the next number, and a stamp that only a holder of the key can make (AXN-1)."""
    heart = Heart(service="axon", instance="i1", key=b"k" * 32, now=lambda: NOW)

    first, second = heart.beat(), heart.beat()

    text = b"axon\ni1\n1\n2026-01-02T03:04:05.000006Z\nalive"
    assert first.stamp == hmac.new(b"k" * 32, text, hashlib.sha256).hexdigest()
    assert (first.sequence, second.sequence) == (1, 2)
    assert first.stamp != second.stamp


def test_no_number_is_given_twice() -> None:
    """From many threads, every number is given once."""
    heart = Heart(service="axon", instance="i1", key=b"k" * 32)
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: seen.extend(heart.beat().sequence for _ in range(50)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == list(range(1, 401))


@given(st.binary(min_size=1, max_size=64), st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_stamp_depends_on_the_number(key: bytes, one: int, other: int) -> None:
    """Equal heartbeats have equal stamps, different ones different stamps."""

    def made(sequence: int) -> str:
        return stamp(key=key, service="axon", instance="i", sequence=sequence, at="t", status="alive")

    assert (made(one) == made(other)) is (one == other)
