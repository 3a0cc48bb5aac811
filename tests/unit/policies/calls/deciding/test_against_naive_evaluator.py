"""The function's decisions beside those of a naive evaluator, and what must hold of any policy set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.evaluate import CedarRequest, PolicyVerdict, Ruleset
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.narrowing import scope_rules
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits
from policies.calls.versions import slices
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import Rule
from policies.calls.versions.slices import cut
from tests.support.effort import effort
from tests.support.governance.naive import cedar as naive
from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.publishable import as_written, publishable
from tests.support.governance.naive.random_policies import (
    INTENTS,
    SERVICES,
    forbids,
    permits,
    policy_sets,
    questions,
    request,
)

pytestmark = pytest.mark.no_cover

ENVIRONMENT = "dev"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
QUESTIONS = 8
"""Questions asked of each random set; each is a case."""
NO_FIXTURE_PER_EXAMPLE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


class Function:
    """The decide function over a policy set, with its store in memory."""

    def __init__(self, policies: Sequence[Policy], makers: Any, *, widen: int = 0) -> None:
        store, clock = makers.store(), makers.clock()
        store.publish(cut(publishable(policies, makers.policy, widen=widen), Catalogue(services=SERVICES)))
        self._authorizer = Authorizer(
            cache=SnapshotCache(store, clock, SnapshotLimits()),
            clock=clock,
            environment=ENVIRONMENT,
            parse=Question.model_validate,
            new_id=lambda: "id",
        )

    def ask(self, question: dict[str, Any]) -> Answer:
        return self._authorizer.answer(question)


def compared(answer: Answer | PolicyVerdict) -> naive.Decision:
    """What the naive evaluator says too."""
    code = answer.reason_code if isinstance(answer, Answer) else answer.code
    named = (re.search(r"evaluating policy `([^`]+)`", error) for error in answer.errors)
    return naive.Decision(
        code=code.value, policies=answer.policies, failed=frozenset(found[1] for found in named if found)
    )


def expected(policies: Sequence[Policy], question: dict[str, Any]) -> naive.Decision:
    return naive.decide(policies, request(question, environment=ENVIRONMENT, now=NOW))


@settings(max_examples=effort(250), suppress_health_check=NO_FIXTURE_PER_EXAMPLE)
@given(
    policy_sets(), st.integers(0, 2**12 - 1), st.lists(questions(), min_size=QUESTIONS, max_size=QUESTIONS)
)
def test_the_function_decides_as_the_naive_evaluator_does(
    makers: Any, policies: tuple[Policy, ...], widen: int, asked: list[dict[str, Any]]
) -> None:
    """Same decision, same determining policies, same failures, for 2,000 cases: 250 sets, each cut in a way
    of its own, and 8 questions of each. GOV-1
    """
    function = Function(policies, makers, widen=widen)
    for question in asked:
        assert compared(function.ask(question)) == expected(policies, question)


@settings(max_examples=effort(25), suppress_health_check=NO_FIXTURE_PER_EXAMPLE)
@given(policy_sets(), questions())
def test_slices_cut_in_parts_decide_as_the_naive_evaluator_does(
    makers: Any, policies: tuple[Policy, ...], question: dict[str, Any]
) -> None:
    """A slice that is too large for one item and so cut by the hash of ids decides nothing either."""
    largest = max((len(policy.text().encode()) for policy in policies), default=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "MAX_SLICE_BYTES", largest * 2 + 200)
        function = Function(policies, makers)
    assert compared(function.ask(question)) == expected(policies, question)


def decide_whole_set(policies: Sequence[Policy], question: dict[str, Any], makers: Any) -> PolicyVerdict:
    """The decision of the whole set at once: with all of the context, checked against the schema."""
    access = CedarRequest(
        service=question["service"],
        intent=question["intent"],
        target=question["target"],
        environment=ENVIRONMENT,
        time=NOW,
        tenant=question.get("tenant"),
        attributes=question.get("context"),
        proven=not question.get("unproven", False),
    )
    rules = (Rule(id=p.id, effect=p.effect, reason=f"why {p.id}", text=as_written(p)) for p in policies)
    return Ruleset(scope_rules(rules)).evaluate_in_full(access, makers.vocabulary)


@settings(max_examples=effort(30), suppress_health_check=NO_FIXTURE_PER_EXAMPLE)
@given(policy_sets(), st.lists(questions(), min_size=3, max_size=3), st.integers(0, 2**12 - 1))
def test_a_sliced_decision_equals_that_of_the_whole_set(
    makers: Any, policies: tuple[Policy, ...], asked: list[dict[str, Any]], widen: int
) -> None:
    """However the set is cut, narrowed to the target and to what is read of the context: code, policies and
    failures are those of all policies at once, word for word.
    """
    function = Function(policies, makers, widen=widen)
    for question in asked:
        answer, wanted = function.ask(question), decide_whole_set(policies, question, makers)
        assert compared(answer) == compared(wanted)
        assert sorted(answer.errors) == sorted(wanted.errors)


@settings(max_examples=effort(30), suppress_health_check=NO_FIXTURE_PER_EXAMPLE)
@given(policy_sets(), questions(), st.randoms(use_true_random=False))
def test_order_decides_nothing(
    makers: Any, policies: tuple[Policy, ...], question: dict[str, Any], random: Any
) -> None:
    """The same policies in another order give the same answer, also where Cedar numbers them anew."""
    shuffled = random.sample(policies, len(policies))
    assert compared(decide_whole_set(policies, question, makers)) == compared(
        decide_whole_set(shuffled, question, makers)
    )


@settings(max_examples=effort(30), suppress_health_check=NO_FIXTURE_PER_EXAMPLE)
@given(policy_sets(most=5), questions(), forbids())
def test_a_forbid_more_never_turns_a_denial_into_an_allow(
    makers: Any, policies: tuple[Policy, ...], question: dict[str, Any], added: Policy
) -> None:
    """And where it applies, the answer is a denial whatever else is permitted: forbid wins."""
    before, after = (Function(found, makers).ask(question) for found in (policies, (*policies, added)))
    assert before.allowed or not after.allowed
    if expected((added,), question).code != "no_permit":
        assert not after.allowed


@settings(max_examples=effort(30), suppress_health_check=NO_FIXTURE_PER_EXAMPLE)
@given(policy_sets(most=5), questions(), permits())
def test_a_permit_more_turns_an_allow_into_a_denial_only_by_failing(
    makers: Any, policies: tuple[Policy, ...], question: dict[str, Any], added: Policy
) -> None:
    """A permit that can be evaluated never denies; one that cannot makes the answer a policy error."""
    before, after = (Function(found, makers).ask(question) for found in (policies, (*policies, added)))
    if before.allowed and not after.allowed:
        assert after.reason_code.value == "policy_error"
        assert expected((added,), question).failed == {"added"}
    if before.allowed and not expected((added,), question).failed:
        assert after.allowed


@settings(max_examples=effort(30), suppress_health_check=NO_FIXTURE_PER_EXAMPLE)
@given(policy_sets(), questions())
def test_an_error_never_allows(makers: Any, policies: tuple[Policy, ...], question: dict[str, Any]) -> None:
    """An answer that tells of an error is a denial, and an allow names at least one permit."""
    answer = Function(policies, makers).ask(question)
    assert not (answer.errors and answer.allowed)
    effects = {policy.id: policy.effect for policy in policies}
    if answer.allowed:
        assert {effects[name] for name in answer.policies} == {"permit"}


def test_nothing_is_allowed_without_a_permit(makers: Any) -> None:
    """Default deny: the empty set denies every question there is."""
    function = Function((), makers)
    for service in SERVICES:
        for intent in INTENTS:
            for target in SERVICES:
                answer = function.ask({"service": service, "intent": intent, "target": target})
                assert (answer.allowed, answer.reason_code.value) == (False, "no_permit")
