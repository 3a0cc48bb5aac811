"""What a comparison of two random policy sets claims, beside the answers to random questions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.calls.rehearsing.decision_changes import DecisionChanges, compare_decisions
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.effort import effort
from tests.support.governance import random_conditions as rich
from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.random_policies import (
    SERVICES,
    policy_sets,
    questions,
)

pytestmark = pytest.mark.no_cover

ENVIRONMENTS = ("dev", "prod")
TIMES = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        "2026-11-22T09:30:00",
        "2026-11-22T09:29:59.999",
        "2026-11-22T00:00:00",
        "1969-12-31T23:00:00.001",
        "2026-11-21T23:00:00",
        "2031-02-03T10:00:00",
    )
)


def refute(
    found: DecisionChanges,
    before: Rehearsal,
    after: Rehearsal,
    question: dict[str, Any],
    *,
    environment: str,
    at: datetime,
) -> None:
    """Fail if the answers to a question are not as the comparison says."""
    place = (question["service"], question["intent"], question["target"])
    if any(place == (each.service, each.intent, each.target) for each in found.untried):
        return
    named = {
        change.change for change in found.changes if place == (change.service, change.intent, change.target)
    }
    old, new = (version.decide(question, at=at, environment=environment) for version in (before, after))
    if old.allowed != new.allowed:
        assert ("opens" if new.allowed else "closes") in named, (question, environment, at)
    elif (old.reason_code, old.policies) != (new.reason_code, new.policies):
        assert "reason" in named, (question, environment, at)


def rehearsed(policies: tuple[Policy, ...], makers: Any) -> Rehearsal:
    written = [makers.policy.written(each.id, each.effect, each.text(), None, None) for each in policies]
    return Rehearsal.of(cut(makers.policy.sources(*written), Catalogue(services=SERVICES)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[tuple[Policy, ...], tuple[Policy, ...]]:
    """Two sets; often the second is the first with some policies left out or others instead."""
    before = draw(policy_sets(most=4))
    after = draw(policy_sets(most=4))
    kept = tuple(policy for policy in before if draw(st.booleans()))
    names = {policy.id for policy in kept}
    return before, (*kept, *(policy for policy in after if policy.id not in names))


@settings(
    max_examples=effort(200, quick=40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    pairs(),
    st.lists(
        st.tuples(questions(), st.sampled_from(ENVIRONMENTS), st.sampled_from(TIMES)),
        min_size=15,
        max_size=15,
    ),
)
def test_no_question_refutes_what_a_comparison_claims(
    makers: Any, pair: tuple[tuple[Policy, ...], tuple[Policy, ...]], asked: list[Any]
) -> None:
    """A kind of change that is not named for a question does not happen, for any input, unless the question
    is listed as untried; and each named change happens with the input that it shows. GOV-5
    """
    before, after = (rehearsed(policies, makers) for policies in pair)
    found = compare_decisions(before, after, environments=ENVIRONMENTS, at=TIMES[0])
    for question, environment, at in asked:
        refute(found, before, after, question, environment=environment, at=at)


@st.composite
def rich_pairs(draw: st.DrawFn) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Two sets whose conditions have every construct of Cedar, given as id, effect and condition."""

    def drawn(name: str) -> tuple[str, str, str]:
        return name, draw(st.sampled_from(["permit", "permit", "forbid"])), draw(rich.conditions())

    before = [drawn(f"p{number}") for number in range(draw(st.integers(0, 3)))]
    kept = [policy for policy in before if draw(st.booleans())]
    names = {name for name, *_ in kept}
    return before, [
        *kept,
        *(drawn(f"p{number}") for number in range(3) if f"p{number}" not in names and draw(st.booleans())),
    ]


@settings(max_examples=effort(50, quick=10), suppress_health_check=list(HealthCheck))
@given(rich_pairs(), st.lists(rich.inputs(), min_size=20, max_size=20))
def test_no_question_refutes_it_for_any_construct(
    makers: Any, pair: tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]], asked: list[Any]
) -> None:
    """So too with arithmetic, `if`, records, sets, times, spans and decimals over fields of each type, and
    with groups of actions. GOV-5
    """

    def version(policies: list[tuple[str, str, str]]) -> Rehearsal:
        written = [
            makers.policy.written(name, effect, rich.policy_text(name, effect, when), None, None)
            for name, effect, when in policies
        ]
        sources = makers.policy.sources(*written, schema=rich.SCHEMA)
        return Rehearsal.of(cut(sources, Catalogue(services=("axon",))))

    before, after = map(version, pair)
    found = compare_decisions(before, after, environments=rich.ENVIRONMENTS)
    for each in asked:
        for intent in ("erase", "reason"):
            question: dict[str, Any] = {"service": "axon", "intent": intent, "target": "axon"}
            question |= {name: each[name] for name in ("tenant", "context") if each[name] is not None}
            if not each["proven"]:
                question["unproven"] = True
            refute(found, before, after, question, environment=each["environment"], at=each["at"])
