"""Decisions in the form of AuthZEN (https://openid.net/specs/authorization-api-1_0.html)."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.governance.authzen import AskedQuestion, read_evaluation
from policies.calls.deciding.errors import RequestError
from policies.calls.language.schema_types import AtomType, RecordType
from policies.calls.store.errors import StoreMissingError
from tests.support.governance.authzen_url import ACTION, ASKED, HUB, ONE, SUBJECT, Post


def test_an_evaluation_is_a_decision(post: Post, authzen_store: Any) -> None:
    """Subject, action, resource are service, intent, target; the context of the answer says why. GOV-1"""
    status, document, headers = post(ONE, ASKED)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert document == {
        "decision": True,
        "context": {
            "reason_code": "permitted",
            "reason": "why orbit-may",
            "policies": ["orbit-may"],
            "policy_version": authzen_store.current.version,
            "decision_id": "made-up",
            "evaluated_at": "2026-11-22T09:30:00Z",
        },
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"resource": HUB}, "no_permit"),
        ({"subject": {"type": "service", "id": "ghost"}}, "unknown_service"),
        ({"action": {"name": "dream"}}, "unknown_intent"),
        ({"resource": {"type": "service", "id": "ghost"}}, "unknown_target"),
        ({"context": {"tenant": "evil"}}, "forbidden"),
        ({"context": {"tenant": "good"}}, "permitted"),
        ({"context": {"purpose": "test"}}, "forbidden"),
        ({"context": {"purpose": "test", "tenant": "good"}}, "forbidden"),
        ({"context": {"purpose": "work"}}, "permitted"),
        ({"context": {"purpose": 7}}, "invalid_request"),
        ({"context": {"purpose": "test", "more": {"a": 1.5}}}, "forbidden"),
        ({"context": None}, "permitted"),
        ({"context": {"purpose": None, "tenant": None}}, "permitted"),
        ({"subject": {"type": "user", "id": "orbit"}}, "unknown_service"),
        ({"resource": {"type": "Service", "id": "axon"}}, "unknown_target"),
        ({"subject": {**SUBJECT, "properties": None}}, "permitted"),
        ({"context": {"tenant": 7}}, "invalid_request"),
        ({"context": {"__entity": {"type": "Service", "id": "axon"}}}, "invalid_request"),
        ({"context": {"proven": "no"}}, "invalid_request"),
        ({"context": {"proven": False}}, "permitted"),
        ({"subject": {**SUBJECT, "properties": {"role": "admin"}}, "unknown": 1}, "permitted"),
        ({"action": {**ACTION, "properties": {}, "more": []}}, "permitted"),
    ],
)
def test_a_denial_is_an_answer_like_any_other(post: Post, change: dict[str, Any], code: str) -> None:
    """Status 200 and `false`; unknown members are ignored, claims of another type are refused."""
    status, document, _ = post(ONE, {**ASKED, **change})
    assert (status, document["decision"]) == (200, code == "permitted")
    assert document["context"]["reason_code"] == code


def test_a_decision_point_in_trouble_denies_and_says_so(post: Post, authzen_store: Any) -> None:
    """The answer is still a decision; its error tells a client that asking later may help. GOV-1"""
    authzen_store.failure = StoreMissingError("gone", table="policies")
    status, document, _ = post(ONE, ASKED)
    assert (status, document["decision"]) == (200, False)
    assert document["context"]["reason_code"] == "store_unavailable"
    assert document["context"]["error"] == {"status": 500, "message": "gone"}


def test_a_request_is_read_as_a_question() -> None:
    """The tenant leaves the context; properties and unknown members leave no trace."""
    body = {**ASKED, "context": {"tenant": "acme", "purpose": "x"}, "more": 1}
    asked = read_evaluation(body, "r")
    assert isinstance(asked, AskedQuestion)
    assert asked.event == {
        "service": "orbit",
        "intent": "reason",
        "target": "axon",
        "tenant": "acme",
        "context": {"purpose": "x"},
        "correlation_id": "r",
    }
    with pytest.raises(RequestError, match="field required"):
        read_evaluation({**ASKED, "subject": {"type": "user"}}, None)


def test_context_that_the_schema_does_not_name_is_left_out_and_listed(post: Post) -> None:
    """Whatever it holds, at any depth, the decision is that without it; a client learns what was ignored."""
    extra = {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1", "deep": {"a": [1.5, None]}}
    _, document, _ = post(ONE, {**ASKED, "context": {**extra, "purpose": "work", "tenant": "good"}})
    assert document["decision"] is True
    assert document["context"]["ignored_context"] == ["time", "ip", "deep"]
    _, batch, _ = post("/access/v1/evaluations", {**ASKED, "evaluations": [{"context": extra}, {}]})
    first, second = batch["evaluations"]
    assert (first["decision"], first["context"]["ignored_context"]) == (True, ["time", "ip", "deep"])
    assert "ignored_context" not in second["context"]


def test_claims_are_named_by_the_schema_inside_records_too() -> None:
    """A record keeps the attributes that its type has."""
    kind = RecordType({"inner": (RecordType({"a": (AtomType("Long"), False)}), False)})
    body = {**ASKED, "context": {"inner": {"a": 1, "b": 2}}}
    asked = read_evaluation(body, None, lambda _: kind)
    assert isinstance(asked, AskedQuestion)
    assert (asked.event["context"], asked.ignored) == ({"inner": {"a": 1}}, ("inner.b",))
