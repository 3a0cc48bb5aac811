"""What two versions decide differently, found by asking both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.language.cases import NOON
from policies.calls.rehearsing.decision_changes import DecisionChanges, compare_decisions
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.rehearsing.sample_inputs import SampleInput
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.effort import effort
from tests.support.governance.conditions import CONDITIONS, CONTEXTS

ENVIRONMENTS = ("sandbox", "prod")


@pytest.fixture
def versions(policy: Any) -> Any:
    """Makes a rehearsal of policies, for orbit and axon, with a declared call of orbit's."""

    def make(
        *policies: Any, services: tuple[str, ...] = ("axon", "orbit"), callee: str = "axon"
    ) -> Rehearsal:
        calls = (policy.call("orbit", callee, "reason"),)
        return Rehearsal.of(cut(policy.sources(*policies), Catalogue(services=services, calls=calls)))

    return make


def effects(before: Rehearsal, after: Rehearsal) -> DecisionChanges:
    return compare_decisions(before, after, environments=ENVIRONMENTS)


def brief(found: DecisionChanges) -> list[tuple[str, str, str, str | None, tuple[str, ...]]]:
    return [
        (effect.change, effect.service, effect.intent, effect.target, effect.sample.fields)
        for effect in found.changes
    ]


def test_equal_sets_have_no_effects_and_nothing_is_asked(versions: Any, policy: Any) -> None:
    """Equal slices decide equally, so they are not even compared."""
    found = effects(versions(policy("a")), versions(policy("a")))
    assert (found.changes, found.decisions, found.complete) == ((), 0, True)


def test_a_new_permit_opens_what_it_names(versions: Any, policy: Any) -> None:
    """Only the decision that it is about is compared and named."""
    found = effects(versions(), versions(policy("a", "permit", "orbit", "reason", "axon")))
    assert brief(found) == [("opens", "orbit", "reason", "axon", ())]
    assert found.decisions == 1


def test_a_new_text_without_effect_is_a_change_of_text_only(versions: Any, policy: Any) -> None:
    """Comparing text would call it a change; nothing is decided otherwise."""
    before = policy("a", "permit", "orbit", "reason", "axon")
    after = policy("a", "permit", "orbit", "reason", "axon", "1 == 1")
    found = effects(versions(before), versions(after))
    assert found.changes == ()
    assert found.decisions > 0


def test_a_forbid_with_a_condition_closes_where_it_holds(versions: Any, policy: Any) -> None:
    """The situation that tells the sets apart is found in the condition."""
    may = policy("may", "permit", "orbit", "reason", "axon")
    no = policy("no", "forbid", None, None, "axon", 'context has tenant && context.tenant like "trial-*"')
    found = effects(versions(may), versions(may, no))
    assert [(effect.change, effect.service, effect.intent) for effect in found.of("opens", "closes")] == [
        ("closes", "orbit", "reason")
    ]
    (closed,) = found.of("closes")
    assert closed.sample.tenant is not None
    assert closed.sample.tenant.startswith("trial-")
    assert closed.before.policies == ("may",)
    assert closed.after.policies == ("no",)
    assert 0 < closed.changed < closed.tried


def test_a_target_that_is_meant_by_default_is_compared(versions: Any, policy: Any) -> None:
    """A call declared to another service changes what a request without a target is about."""
    may = policy("may", "permit", "orbit", "reason", "axon")
    found = effects(versions(may), versions(may, callee="orbit"))
    assert brief(found) == [("closes", "orbit", "reason", None, ())]


def test_a_service_that_is_no_longer_declared_is_compared(versions: Any, policy: Any) -> None:
    """Both as the one that asks and as the one that is asked."""
    may = policy("may", "permit", None, "reason")
    found = effects(versions(may), versions(may, services=("orbit",), callee="axon"))
    assert {effect[:4] for effect in brief(found) if effect[0] == "closes"} == {
        ("closes", "axon", "reason", "axon"),
        ("closes", "axon", "reason", "orbit"),
        ("closes", "orbit", "reason", "axon"),
    }


def test_too_many_decisions_are_cut_off_and_said_so(versions: Any, policy: Any) -> None:
    """The comparison ends; it does not claim to be complete."""
    found = compare_decisions(versions(), versions(policy("a")), environments=ENVIRONMENTS, max_decisions=3)
    assert not found.complete
    assert 3 <= found.decisions < 10


GRID = [
    SampleInput(environment=environment, at=at, tenant=tenant, context=context)
    for environment, at, tenant, context in product(
        ENVIRONMENTS,
        (NOON, NOON.replace(hour=9, minute=30), NOON.replace(hour=3), datetime(2026, 3, 1, tzinfo=UTC)),
        (None, "a", "b", "tri", "trial", "else"),
        CONTEXTS,
    )
]


def answers(version: Rehearsal, question: tuple[str, str, str], tried: list[SampleInput]) -> list[bool]:
    return [
        version.decide(item.event(*question), at=item.at, environment=item.environment).allowed
        for item in tried
    ]


WRITTEN = st.lists(
    st.tuples(
        st.sampled_from(["permit", "permit", "forbid"]),
        st.sampled_from([None, "orbit"]),
        st.sampled_from([None, "reason"]),
        st.sampled_from([None, "axon"]),
        st.sampled_from(CONDITIONS),
    ),
    max_size=3,
)


@given(WRITTEN, WRITTEN, st.lists(st.sampled_from(GRID), min_size=8, max_size=8))
@settings(max_examples=effort(25))
@pytest.mark.no_cover
def test_no_flip_is_missed(policy_class: Any, before: Any, after: Any, tried: list[SampleInput]) -> None:
    """Whatever a grid of requests finds to be decided otherwise, the comparison by effect names too."""
    policy = policy_class()
    catalogue = Catalogue(services=("axon", "orbit"))
    old, new = (
        Rehearsal.of(
            cut(policy.sources(*(policy(f"p{at}", *parts) for at, parts in enumerate(written))), catalogue)
        )
        for written in (before, after)
    )
    found = effects(old, new)
    named = {(effect.service, effect.intent, effect.target) for effect in found.of("opens", "closes")}
    for question in sorted({*product(("axon", "orbit"), ("reason", "erase"), ("axon", "orbit"))} - named):
        was, now = (answers(version, question, tried) for version in (old, new))
        assert was == now, question
    for effect in found.of("opens", "closes"):
        event = effect.sample.event(effect.service, effect.intent, effect.target)
        for version, answer in ((old, effect.before), (new, effect.after)):
            again = version.decide(event, at=effect.sample.at, environment=effect.sample.environment)
            assert again.allowed == answer.allowed


def test_times_on_both_sides_of_a_bound_are_tried(versions: Any, policy: Any) -> None:
    """A bound that moves by a minute is noticed."""
    may = [
        policy(
            "may",
            "permit",
            "orbit",
            "reason",
            "axon",
            f'context.time < datetime("2026-02-01T00:0{minute}:00Z")',
        )
        for minute in (0, 1)
    ]
    (opened,) = effects(versions(may[0]), versions(may[1])).of("opens")
    bound = datetime(2026, 2, 1, tzinfo=UTC)
    assert bound <= opened.sample.at < bound + timedelta(minutes=1)


def test_questions_that_meet_the_same_rules_are_named_each(versions: Any, policy: Any) -> None:
    """They are compared once; a rule that looks at whom it is about is judged for each of them."""
    services = ("axon", "hub", "orbit")
    may = policy("may", "permit", None, "reason")
    evil = policy("no", "forbid", None, None, None, 'context has tenant && context.tenant == "evil"')
    hub = policy("no", "forbid", None, None, None, 'resource == Service::"hub"')
    for forbid, closed in ((evil, {"axon", "hub", "orbit"}), (hub, {"hub"})):
        found = effects(versions(may, services=services), versions(may, forbid, services=services))
        named = [(each.service, each.target) for each in found.of("closes") if each.target is not None]
        assert sorted(named) == sorted(product(services, closed))
        assert found.complete
        for each in found.of("closes"):
            assert (each.before.service, each.before.target) == (each.service, each.target or "axon")
