from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.governance.masking import Masks
from lambdas.governance.telemetry import DecisionLog
from policies.calls.deciding.model import Question
from policies.calls.language.cases import NOON
from policies.calls.rehearsing.recorded import is_decision, read_recorded
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.rehearsing.replay import RecordedDecision, replay
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.effort import effort
from tests.support.governance.conditions import CONDITIONS, CONTEXTS

LINE: dict[str, Any] = {
    "timestamp": "2026-11-22T09:30:00.123456Z",
    "caller": "orbit",
    "intent": "reason",
    "target": "axon",
    "tenant": "acme",
    "context": {"purpose": "audit", "size": 3},
    "masked": [],
    "proven": True,
    "allowed": True,
    "reason_code": "permitted",
    "policies": ["may"],
    "policy_version": "v1",
    "decision_id": "d1",
}


def recorded(**changes: Any) -> RecordedDecision:
    found = read_recorded({**LINE, **changes}, environment="sandbox")
    assert found is not None
    return found


@pytest.fixture
def draft(policy: Any) -> Any:
    def make(*policies: Any) -> Rehearsal:
        return Rehearsal.of(cut(policy.sources(*policies), Catalogue(services=("axon", "orbit"))))

    return make


def test_a_line_is_read_back_as_the_question_it_answered() -> None:
    """Question, moment and outcome; the environment is the log's unless the line says another."""
    found = recorded()
    assert found.event == {
        "service": "orbit",
        "intent": "reason",
        "target": "axon",
        "tenant": "acme",
        "context": {"purpose": "audit", "size": 3},
    }
    assert found.at.isoformat() == "2026-11-22T09:30:00.123456+00:00"
    assert (found.environment, found.allowed, found.version) == ("sandbox", True, "v1")
    assert recorded(environment="prod").environment == "prod"


def test_what_is_masked_is_left_out_of_the_question() -> None:
    """It stands in the line as something else, and that must not be asked."""
    found = recorded(tenant="***", masked=["tenant", "context.purpose"])
    assert found.event["context"] == {"size": 3}
    assert "tenant" not in found.event
    assert found.masked == {("tenant",), ("attributes", "purpose")}


def test_an_unproven_question_is_asked_again_as_one() -> None:
    """A policy may look at it."""
    assert recorded(proven=False).event["unproven"] is True
    assert "unproven" not in recorded().event
    assert recorded(proven="yes").masked == {("proven",)}


def test_a_line_that_does_not_say_what_it_masks_hides_everything() -> None:
    """Lines of an older release have neither tenant nor context, nor say whether these were proven."""
    line = {name: value for name, value in LINE.items() if name not in ("masked", "proven")}
    found = read_recorded(line, environment="sandbox")
    assert found is not None
    assert found.masked == {("tenant",), ("attributes",), ("proven",)}
    assert found.event == {"service": "orbit", "intent": "reason", "target": "axon"}


@pytest.mark.parametrize(
    "line",
    [
        {**LINE, "allowed": "yes"},
        {**LINE, "timestamp": "noon"},
        {**LINE, "timestamp": "2026-11-22T09:30:00"},
        {**LINE, "reason_code": 7},
    ],
)
def test_a_broken_line_is_counted_and_not_guessed(line: dict[str, Any], draft: Any) -> None:
    """Neither an error nor silence."""
    assert is_decision(line)
    assert read_recorded(line, environment="sandbox") is None
    assert replay([None], draft()).skipped == {"unreadable": 1}
    assert not is_decision({"message": "START"})


def test_decisions_that_flip_are_listed_by_question(draft: Any, policy: Any) -> None:
    """Each question once, with how often it was asked and the latest decision."""
    records = [
        recorded(),
        recorded(decision_id="d2", timestamp="2026-11-22T10:30:00Z"),
        recorded(target="orbit", allowed=False, reason_code="no_permit", policies=[]),
        recorded(intent="erase", allowed=False, reason_code="no_permit", policies=[]),
    ]
    result = replay(records, draft(policy("new", "permit", "orbit", "reason", "orbit")))
    assert (result.decisions, result.same, result.flipped) == (4, 1, 3)
    first, second = result.flips
    assert (first.opens, first.count, first.example.decision_id) == (False, 2, "d2")
    assert (second.opens, second.count, second.after.policies) == (True, 1, ("new",))


@pytest.mark.parametrize(
    "code",
    [
        *("store_unavailable", "stale_snapshot", "clock_skewed", "internal_error"),
        *("caller_mismatch", "grant_unavailable"),
    ],
)
def test_decisions_that_no_policy_made_are_not_replayed(draft: Any, policy: Any, code: str) -> None:
    """A denial for want of a store says nothing about the policies."""
    may = policy("may", "permit", "orbit", "reason", "axon")
    result = replay([recorded(allowed=False, reason_code=code)], draft(may))
    assert (result.skipped, result.flips) == ({"not judged": 1}, ())


@pytest.mark.parametrize(
    ("masked", "condition", "skipped"),
    [
        (["tenant"], 'context has tenant && context.tenant == "a"', True),
        (["tenant"], 'context.environment == "sandbox"', False),
        (["context"], "context has attributes && context.attributes has size", True),
        (["context.purpose"], "context has attributes && context.attributes has size", False),
        (["context.purpose"], "context has attributes && context.attributes has purpose", True),
        (["context.purpose"], "context has attributes && context.attributes == {size: 3}", True),
        (["context.purpose"], "context has attributes.size && context.attributes.size == 3", False),
    ],
)
def test_a_masked_value_matters_only_where_a_policy_looks(
    draft: Any, policy: Any, masked: list[str], condition: str, skipped: bool
) -> None:
    """Then the decision is counted as not replayed; a neighbour of the value counts as looking."""
    version = draft(policy("may", "permit", "orbit", "reason", "axon", condition))
    result = replay([recorded(masked=masked)], version)
    assert result.skipped == ({"masked": 1} if skipped else {})


QUESTIONS = st.fixed_dictionaries(
    {"target": st.sampled_from(["axon", "orbit"]), "intent": st.sampled_from(["reason", "erase"])},
    optional={
        "tenant": st.sampled_from(["a", "b", "trial"]),
        "context": st.sampled_from([context for context in CONTEXTS if context]),
    },
)


@given(
    st.lists(st.tuples(st.sampled_from(["permit", "forbid"]), st.sampled_from(CONDITIONS)), max_size=3),
    st.lists(st.tuples(QUESTIONS, st.booleans()), max_size=12),
)
@settings(max_examples=effort(40))
@pytest.mark.no_cover
def test_every_decision_is_counted_once_and_as_the_draft_makes_it(
    policy_class: Any, written: Any, asked: Any
) -> None:
    """Same, flipped and skipped make up the whole; what flips is what the draft decides otherwise."""
    policy = policy_class()
    policies = [
        policy(f"p{at}", effect, None, "reason", None, when) for at, (effect, when) in enumerate(written)
    ]
    version = Rehearsal.of(cut(policy.sources(*policies), Catalogue(services=("axon", "orbit"))))
    records = [
        RecordedDecision(
            event={"service": "orbit", **question},
            at=NOON,
            environment="sandbox",
            allowed=allowed,
            reason_code="permitted" if allowed else "no_permit",
            policies=(),
            version="v",
            decision_id=str(number),
        )
        for number, (question, allowed) in enumerate(asked)
    ]
    result = replay(records, version)
    again = Counter(
        version.decide(dict(record.event), at=NOON, environment="sandbox").allowed != record.allowed
        for record in records
    )
    assert (result.same, result.flipped) == (again[False], again[True])
    assert result.same + result.flipped + sum(result.skipped.values()) == result.decisions == len(records)


@given(
    st.lists(st.tuples(st.sampled_from(["permit", "forbid"]), st.sampled_from(CONDITIONS)), max_size=3),
    st.lists(QUESTIONS, min_size=1, max_size=6),
    st.sampled_from(["", "tenant", "context.purpose", "tenant,context"]),
)
@settings(max_examples=effort(40))
@pytest.mark.no_cover
def test_what_the_function_logged_replays_as_it_was_decided(
    policy_class: Any, written: Any, asked: Any, masks: str
) -> None:
    """By the same version nothing flips, and without masks nothing is missing."""
    policy = policy_class()
    policies = [
        policy(f"p{at}", effect, None, "reason", None, when) for at, (effect, when) in enumerate(written)
    ]
    version = Rehearsal.of(cut(policy.sources(*policies), Catalogue(services=("axon", "orbit"))))
    lines: list[str] = []
    log = DecisionLog(environment="prod", masks=Masks.read(masks), now=lambda: NOON, write=lines.append)
    for question in asked:
        event = {"service": "orbit", **question}
        answer = version.decide(event, at=NOON, environment="prod")
        log.record(answer, Question.model_validate(event), latency_ms=1.0)
    decisions = [line for line in map(json.loads, lines) if is_decision(line)]
    result = replay((read_recorded(line, environment="sandbox") for line in decisions), version)
    assert result.decisions == len(asked)
    assert result.flips == ()
    unjudged = sum(line["reason_code"] == "invalid_request" for line in decisions)
    assert result.skipped.get("not judged", 0) == unjudged
    if not masks:
        assert result.same == len(asked) - unjudged
