from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.signing.replay import ReplayCache, Use


def test_a_signature_is_good_once_until_it_would_be_expired() -> None:
    """The second use is recognised up to the very moment of expiry (AXN-2)."""
    cache = ReplayCache(capacity=10)

    assert cache.use("a", expires_at=300.0, now=0.0) is Use.FIRST
    assert cache.use("a", expires_at=300.0, now=300.0) is Use.REPEATED
    assert cache.use("b", expires_at=700.0, now=300.5) is Use.FIRST
    assert len(cache) == 1


def test_a_full_cache_does_not_forget() -> None:
    """At capacity a new signature is turned down instead of forgetting an old one; room comes with time."""
    cache = ReplayCache(capacity=2)
    cache.use("a", expires_at=10.0, now=0.0)
    cache.use("b", expires_at=20.0, now=0.0)

    assert cache.use("c", expires_at=30.0, now=5.0) is Use.FULL
    assert cache.use("a", expires_at=10.0, now=5.0) is Use.REPEATED
    assert cache.use("c", expires_at=30.0, now=11.0) is Use.FIRST


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 5), st.floats(0, 10))), st.integers(1, 4))
def test_nothing_is_accepted_twice_while_it_is_valid(
    uses: list[tuple[str, float, float]], capacity: int
) -> None:
    """However time passes and the cache fills, no signature is accepted twice within its validity."""
    cache, now = ReplayCache(capacity=capacity), 0.0
    accepted: dict[str, float] = {}
    for signature, elapsed, validity in uses:
        now += elapsed
        expires = accepted.get(signature, -1.0) if accepted.get(signature, -1.0) >= now else now + validity
        result = cache.use(signature, expires_at=expires, now=now)
        if signature in accepted and accepted[signature] >= now:
            assert result is not Use.FIRST
        elif result is Use.FIRST:
            accepted[signature] = expires
        assert len(cache) <= capacity


def test_by_default_100_000_signatures_are_remembered() -> None:
    """One more is refused, not taken in the place of another."""
    cache = ReplayCache()
    for number in range(100_000):
        assert cache.use(str(number), expires_at=10.0, now=0.0) is Use.FIRST
    assert cache.use("more", expires_at=10.0, now=0.0) is Use.FULL
    assert len(cache) == 100_000
