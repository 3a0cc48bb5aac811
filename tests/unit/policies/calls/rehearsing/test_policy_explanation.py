from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.language.cases import NOON
from policies.calls.rehearsing.explain import DecisionExplanation, PolicyEvaluation, explain_decision
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.effort import effort
from tests.support.governance.conditions import CONDITIONS
from tests.support.governance.fixtures import SCHEMA


def rehearse(policy: Any, *policies: Any) -> Rehearsal:
    catalogue = Catalogue(services=("axon", "orbit"), calls=(policy.call("orbit", "axon", "reason"),))
    return Rehearsal.of(cut(policy.sources(*policies), catalogue))


def told(version: Rehearsal, also: tuple[str, ...] = (), **fields: Any) -> DecisionExplanation:
    event = {"service": "orbit", "intent": "reason", **fields}
    return explain_decision(version, event, at=NOON, environment="sandbox", also=also)


def only(policy: Any, effect: str, condition: str, **fields: Any) -> PolicyEvaluation:
    (evaluation,) = told(
        rehearse(policy, policy("p", effect, "orbit", "reason", None, condition)), **fields
    ).evaluations
    return evaluation


def test_a_policy_that_applied_gives_its_reason(policy: Any) -> None:
    """Also one that a forbid overruled: it applied all the same."""
    version = rehearse(policy, policy("may", "permit", "orbit", "reason", "axon"), policy("no", "forbid"))
    found = told(version)
    assert not found.answer.allowed
    assert [
        (evaluation.rule.id, evaluation.state, evaluation.detail) for evaluation in found.evaluations
    ] == [
        ("may", "applied", "why may"),
        ("no", "applied", "why no"),
    ]


@pytest.mark.parametrize(
    ("condition", "fields", "words", "values"),
    [
        (
            'context has tenant && context.tenant == "acme"',
            {"tenant": "other"},
            '`context.tenant == "acme"` does not hold',
            {"context.tenant": "other"},
        ),
        (
            'context has tenant && context.tenant == "acme"',
            {},
            "`context has tenant` does not hold",
            {"context.tenant": None},
        ),
        (
            'context.time > datetime("2027-01-01")',
            {},
            '`context.time > datetime("2027-01-01")` does not hold',
            {"context.time": "2026-01-05T12:00:00+00:00"},
        ),
        (
            'true } unless { context.environment == "sandbox"',
            {},
            '`context.environment == "sandbox"` holds, and it applies unless that is so',
            {"context.environment": "sandbox"},
        ),
    ],
)
def test_the_term_that_was_in_the_way_is_named(
    policy: Any, condition: str, fields: dict[str, Any], words: str, values: dict[str, Any]
) -> None:
    """With the values that it looked at; terms after it are not blamed."""
    evaluation = only(policy, "permit", condition, **fields)
    assert (evaluation.state, evaluation.detail) == ("condition", words)
    assert evaluation.term is not None
    assert dict(evaluation.term.values) == values


def test_a_policy_that_fails_names_the_term_that_fails(policy: Any) -> None:
    """It denies the call, so it comes before those that did not apply."""
    evaluation = only(policy, "forbid", 'context.tenant == "acme"')
    assert (evaluation.state, evaluation.detail) == ("error", "it cannot be evaluated, which denies")
    assert evaluation.term is not None
    assert evaluation.term.outcome == "error"


def test_a_policy_about_something_else_says_about_what(policy: Any) -> None:
    """Those of the same service and intent always, others when they are named; the rest are counted."""
    version = rehearse(
        policy,
        policy("self", "permit", "orbit", "reason", "orbit"),
        policy("back", "permit", "axon", "reason", "orbit"),
        policy("erase", "forbid", None, "erase"),
    )
    found = told(version, also=("erase",))
    assert [
        (evaluation.rule.id, evaluation.state, evaluation.detail) for evaluation in found.evaluations
    ] == [
        ("erase", "scope", "it is about the intent `erase`, not `reason`"),
        ("self", "scope", "it is about the target `orbit`, not `axon`"),
    ]
    assert found.elsewhere == 1


def test_a_policy_about_a_group_of_intents_is_about_each_of_them(policy: Any) -> None:
    """The schema says which actions are in a group."""
    schema = (
        policy.sources().schema.replace('"erase" applies', '"erase" in ["all"] applies') + 'action "all";'
    )
    text = '@id("g") @reason("why g") permit (principal, action in Action::"all", resource);'
    sources = policy.sources(policy.written("g", "permit", text, None, None), schema=schema)
    (evaluation,) = told(
        Rehearsal.of(cut(sources, Catalogue(services=("axon", "orbit")))), target="axon"
    ).evaluations
    assert (evaluation.state, evaluation.detail) == ("applied", "why g")


def test_a_question_that_no_policy_was_asked_has_no_stories(policy: Any) -> None:
    """An unknown service is denied before any policy is looked at."""
    found = told(rehearse(policy, policy("may")), service="nobody")
    assert found.answer.reason_code == "unknown_service"
    assert found.evaluations == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["permit", "forbid"]),
            st.sampled_from([None, "orbit"]),
            st.sampled_from(CONDITIONS),
        ),
        max_size=4,
    ),
    st.sampled_from([None, "a", "trial"]),
    st.sampled_from([None, {}, {"size": 8}, {"purpose": "x"}]),
)
@settings(max_examples=effort(40))
@pytest.mark.no_cover
def test_the_stories_make_the_answer(
    policy_class: Any, written: Any, tenant: str | None, context: dict[str, Any] | None
) -> None:
    """Forbids that applied, else permits that applied, are exactly the policies that determined it."""
    policy = policy_class()
    version = rehearse(
        policy,
        *(
            policy(f"p{at}", effect, who, "reason", None, when)
            for at, (effect, who, when) in enumerate(written)
        ),
    )
    fields: dict[str, Any] = {
        name: value for name, value in (("tenant", tenant), ("context", context)) if value is not None
    }
    found = told(version, **fields)
    assert len(found.evaluations) == len(written)
    applied = [evaluation.rule for evaluation in found.evaluations if evaluation.state == "applied"]
    effect = "forbid" if any(rule.effect == "forbid" for rule in applied) else "permit"
    assert {rule.id for rule in applied if rule.effect == effect} == set(found.answer.policies)


def test_a_scope_about_one_intent_is_not_one_about_its_group(policy: Any) -> None:
    """`==` an action that others are in is about that action alone; `in` it is about those, too. GOV-5"""
    schema = SCHEMA.replace('action "reason"', 'action "change";\naction "reason"').replace(
        '"erase" applies', '"erase" in ["change"] applies'
    )
    scopes = {"plain": "== ", "group": "in ", "listed": "in ["}
    policies = [
        policy.written(
            name,
            "forbid",
            f'@id("{name}") @reason("why {name}") forbid (principal, action {sign}Action::"change"'
            f"{']' if '[' in sign else ''}, resource);",
            None,
            None,
        )
        for name, sign in scopes.items()
    ]
    catalogue = Catalogue(services=("axon", "orbit"))
    version = Rehearsal.of(cut(policy.sources(*policies, schema=schema), catalogue))
    found = told(version, intent="erase", target="axon")
    assert {each.rule.id: (each.state, each.detail) for each in found.evaluations} == {
        "plain": ("scope", "it is about the intent `change`, not `erase`"),
        "group": ("applied", "why group"),
        "listed": ("applied", "why listed"),
    }


def test_only_the_slices_that_are_asked_about_are_read(policy: Any, memory: Any) -> None:
    """Policies about other services are counted, from the index."""
    policies = [policy(f"p{number}", "permit", f"s{number}", "reason", "axon") for number in range(20)]
    plan = cut(
        policy.sources(*policies, policy("may", "permit", "orbit", "reason", "axon")),
        Catalogue(services=("axon", "orbit", *(f"s{number}" for number in range(20)))),
    )
    memory.publish(plan)
    found = told(Rehearsal(memory, plan.version), target="axon", also=("p7",))
    assert ([each.rule.id for each in found.evaluations], found.elsewhere) == (["may", "p7"], 19)
    # the cache of the decision and the explanation read each for themselves
    assert memory.asked.count("slice") == 3
