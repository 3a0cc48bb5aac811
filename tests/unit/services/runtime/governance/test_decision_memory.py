from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.governance.decision import CallQuestion, Decision
from services.runtime.governance.memory import DecisionCache
from tests.support.services.doubles import Clock


def question(**more: Any) -> CallQuestion:
    return CallQuestion(
        **{"service": "orbit", "intent": "reason", "target": "axon", "correlation_id": "c", **more}
    )


def decision(version: str | None = "v1", code: str = "permitted") -> Decision:
    return Decision(
        allowed=code == "permitted",
        reason="r",
        reason_code=code,
        policies=["p"],
        policy_version=version,
        decision_id="d",
        service="orbit",
        intent="reason",
        target="axon",
        correlation_id="c",
    )


@pytest.fixture
def cache(clock: Clock) -> DecisionCache:
    return DecisionCache(seconds=2, entries=3, monotonic=clock)


def test_a_decision_is_remembered_for_its_time(cache: DecisionCache, clock: Clock) -> None:
    """The time counts from the question, not from the answer."""
    cache.keep(question(), decision(), asked_at=clock.now)
    clock.now += 1.9
    assert cache.find(question()) == decision()
    clock.now += 0.1
    assert cache.find(question()) is None
    assert len(cache) == 0


@pytest.mark.parametrize(
    "other",
    [
        {"service": "hub"},
        {"intent": "erase"},
        {"target": "hub"},
        {"target": None},
        {"tenant": "t"},
        {"context": {}},
    ],
)
def test_another_question_is_another_entry(cache: DecisionCache, clock: Clock, other: dict[str, Any]) -> None:
    """Everything that a policy may look at is part of the question."""
    cache.keep(question(), decision(), asked_at=clock.now)
    assert cache.find(question(**other)) is None


def test_an_answer_by_another_version_forgets_all_others(cache: DecisionCache, clock: Clock) -> None:
    """Whichever version is newer: only one is ever remembered."""
    cache.keep(question(), decision("v1"), asked_at=clock.now)
    cache.keep(question(tenant="t"), decision("v2"), asked_at=clock.now)
    assert cache.find(question()) is None
    assert cache.find(question(tenant="t")) == decision("v2")


def test_a_denial_by_another_version_forgets_too(cache: DecisionCache, clock: Clock) -> None:
    """Also an answer that is not remembered itself tells of the version."""
    cache.keep(question(), decision("v1"), asked_at=clock.now)
    cache.keep(question(tenant="t"), decision("v2", "policy_error"), asked_at=clock.now)
    assert len(cache) == 0


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (None, "store_unavailable"),
        (None, "governance_timeout"),
        ("v1", "stale_snapshot"),
        ("v1", "policy_error"),
        ("v1", "invalid_request"),
        (None, "permitted"),
    ],
)
def test_what_says_nothing_about_the_policies_is_not_remembered(
    cache: DecisionCache, clock: Clock, version: str | None, code: str
) -> None:
    """It may be otherwise a moment later."""
    cache.keep(question(), decision(version, code), asked_at=clock.now)
    assert cache.find(question()) is None


def test_the_memory_is_bounded(cache: DecisionCache, clock: Clock) -> None:
    """What was used longest ago goes first."""
    for tenant in ("a", "b", "c"):
        cache.keep(question(tenant=tenant), decision(), asked_at=clock.now)
    cache.find(question(tenant="a"))
    cache.keep(question(tenant="d"), decision(), asked_at=clock.now)
    assert [cache.find(question(tenant=t)) is not None for t in "abcd"] == [True, False, True, True]


@pytest.mark.parametrize(("seconds", "entries"), [(0, 1), (-1, 1), (61, 1), (float("nan"), 1), (1, 0)])
def test_a_memory_without_bounds_is_refused(seconds: float, entries: int) -> None:
    """It would keep decisions for ever, or none."""
    with pytest.raises(ValueError, match="a cache keeps at least one decision"):
        DecisionCache(seconds=seconds, entries=entries)


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["v1", "v2"]), st.floats(0, 3), st.booleans()),
    max_size=30,
)


@given(steps)
def test_no_decision_is_older_than_its_time_or_of_an_overtaken_version(steps: Any) -> None:
    """An answer from memory is always young, and of the version that was heard of last."""
    clock = Clock()
    cache = DecisionCache(seconds=2, monotonic=clock)
    asked_at: dict[str, float] = {}
    heard: str | None = None
    for tenant, version, passing, answered in steps:
        clock.now += passing
        if answered:
            cache.keep(question(tenant=tenant), decision(version), asked_at=clock.now)
            asked_at[tenant], heard = clock.now, version
        found = cache.find(question(tenant=tenant))
        if found is not None:
            assert clock.now - asked_at[tenant] < 2
            assert found.policy_version == heard
