"""The smoke test as a decision: what passes, what is asked again, and what is not asked. DEL-4."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lambdas.rollout.smoke import ROUNDS, SmokeAnswer, run_smoke_test

PLENTY = 100.0


class Release:
    """Answers each address with the statuses that it is given, one after the other; the last one stays."""

    def __init__(self, **statuses: list[int]) -> None:
        self.statuses = statuses
        self.asked: Counter[str] = Counter()

    def __call__(self, url: str) -> SmokeAnswer:
        known = self.statuses[url]
        status = known[min(self.asked[url], len(known) - 1)]
        self.asked[url] += 1
        return SmokeAnswer(url=url, status=status)


def test_every_address_has_to_answer() -> None:
    """One that does not fails the test, and is named."""
    release = Release(a=[200], b=[503])
    verdict = run_smoke_test(["a", "b"], release, lambda _: None, lambda: PLENTY)
    assert (verdict.hook_status, verdict.reason) == ("FAILED", "b: 503")
    assert release.asked == {"a": 1, "b": ROUNDS}


def test_what_answers_late_passes() -> None:
    """A rule takes a moment to be in force; what has passed is not asked again."""
    release = Release(a=[204], b=[503, 200])
    pauses: list[float] = []
    verdict = run_smoke_test(["a", "b", "a"], release, pauses.append, lambda: PLENTY)
    assert (verdict.hook_status, verdict.reason) == ("SUCCEEDED", "")
    assert release.asked == {"a": 1, "b": 2}
    assert len(pauses) == 1


@given(st.lists(st.integers(100, 599), min_size=1, max_size=5))
def test_nothing_but_2xx_passes(statuses: list[int]) -> None:
    """A redirect is no answer of the release, either."""
    release = Release(**{str(place): [status] for place, status in enumerate(statuses)})
    verdict = run_smoke_test(release.statuses, release, lambda _: None, lambda: PLENTY)
    passes = all(status // 100 == 2 for status in statuses)
    assert verdict.hook_status == ("SUCCEEDED" if passes else "FAILED")


def test_nothing_asked_proves_nothing() -> None:
    """Without an address the test has failed."""
    verdict = run_smoke_test([], Release(), lambda _: None, lambda: PLENTY)
    assert (verdict.hook_status, verdict.reason) == ("FAILED", "there was nothing to ask")


def test_out_of_time() -> None:
    """What was not asked is said so, and fails the test; no further round begins."""
    release = Release(a=[200])
    verdict = run_smoke_test(["a"], release, lambda _: None, lambda: 0.0)
    assert (verdict.hook_status, verdict.reason) == ("FAILED", "a: not asked: no time was left")
    assert not release.asked
