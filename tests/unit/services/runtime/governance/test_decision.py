from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.governance.decision import CallQuestion, read_decision

QUESTION = CallQuestion(service="orbit", intent="reason", target="axon", tenant=None, correlation_id="abc")
ALLOWED: dict[str, Any] = {
    "allowed": True,
    "reason": "Orbit may ask Axon to reason",
    "reason_code": "permitted",
    "policies": ["orbit-may-reason-on-axon"],
    "errors": [],
    "policy_version": "v1",
    "decision_id": "d1",
    "evaluated_at": "2026-01-01T00:00:00Z",
    "service": "orbit",
    "intent": "reason",
    "target": "axon",
    "correlation_id": "abc",
}
DENIED = {**ALLOWED, "allowed": False, "reason_code": "forbidden", "policies": ["no-erase"]}
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_a_whole_and_fitting_permission_is_taken() -> None:
    """The one way to allowed (GOV-1, ORB-1)."""
    decision = read_decision(QUESTION, ALLOWED)
    assert (decision.allowed, decision.reason_code, decision.policy_version) == (True, "permitted", "v1")


def test_a_denial_keeps_its_reason() -> None:
    """Governance's own denial is handed on as it is, also without a version."""
    assert read_decision(QUESTION, DENIED).reason_code == "forbidden"
    stale = {**DENIED, "reason_code": "store_unavailable", "policy_version": None, "policies": []}
    assert read_decision(QUESTION, stale).reason_code == "store_unavailable"


@pytest.mark.parametrize("member", ["service", "intent", "target", "correlation_id"])
def test_the_answer_to_another_question_is_refused(member: str) -> None:
    """A decision about another service, intent, target or request is none (fail closed)."""
    for value in ("other", None):
        decision = read_decision(QUESTION, {**ALLOWED, member: value})
        assert (decision.allowed, decision.reason_code) == (False, "governance_error")


@pytest.mark.parametrize("member", ["allowed", "reason", "reason_code", "service", "intent"])
def test_an_incomplete_answer_is_refused_and_says_what_is_missing(member: str) -> None:
    """A missing member is a denial that names it."""
    decision = read_decision(QUESTION, {key: value for key, value in ALLOWED.items() if key != member})
    assert (decision.allowed, decision.reason_code) == (False, "governance_error")
    assert f"`{member}`" in decision.reason


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reason_code": "forbidden"}, "for the reason `forbidden`"),
        ({"policies": []}, "named no policy that permits it"),
        ({"policy_version": None}, "did not say by which version of the policies"),
        ({"decision_id": ""}, "did not say by which version of the policies"),
        ({"errors": ["policy0 failed"]}, "reported errors in policies"),
        ({"allowed": 1}, "without a valid `allowed`"),
        ({"allowed": "true"}, "without a valid `allowed`"),
        ({"policies": None}, "without a valid `policies`"),
    ],
)
def test_a_doubtful_permission_is_a_denial(change: dict[str, Any], problem: str) -> None:
    """An answer that allows but contradicts itself is not believed."""
    decision = read_decision(QUESTION, {**ALLOWED, **change})
    assert (decision.allowed, decision.reason_code) == (False, "governance_error")
    assert problem in decision.reason


@given(st.sampled_from(sorted(ALLOWED)), json_values)
def test_no_change_to_a_denial_but_a_whole_permission_allows(member: str, value: Any) -> None:
    """A denial stays one, with any other value in the place of one member."""
    assert read_decision(QUESTION, {**DENIED, member: value}).allowed is False


@given(json_values)
def test_whatever_governance_answers_is_a_decision(answer: Any) -> None:
    """No JSON value raises, and none that is made up allows."""
    assert read_decision(QUESTION, answer).allowed is False


def test_the_question_names_the_tenant_only_if_there_is_one() -> None:
    """The payload is what the governance function takes."""
    assert QUESTION.payload() == {
        "service": "orbit",
        "intent": "reason",
        "target": "axon",
        "correlation_id": "abc",
    }
    tenant = CallQuestion(service="o", intent="i", target="t", tenant="t1", correlation_id="c")
    assert tenant.payload()["tenant"] == "t1"


def test_a_question_needs_no_target() -> None:
    """Governance names the one service that is declared; an allow that names none is not believed."""
    question = CallQuestion(service="orbit", intent="reason", correlation_id="abc", context={"purpose": "x"})
    assert question.payload() == {
        "service": "orbit",
        "intent": "reason",
        "correlation_id": "abc",
        "context": {"purpose": "x"},
    }
    assert read_decision(question, ALLOWED).target == "axon"
    doubtful = read_decision(question, {**ALLOWED, "target": None})
    assert (doubtful.allowed, doubtful.reason) == (
        False,
        "governance allowed it, but did not say on which service",
    )


def test_a_question_has_a_correlation_id() -> None:
    """Two questions outside of any request have two."""
    one, other = (CallQuestion(service="orbit", intent="reason") for _ in range(2))
    assert one.correlation_id != other.correlation_id
