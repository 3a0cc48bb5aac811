from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from policies.calls.deciding.model import Answer, Question, invalid_fields
from policies.calls.deciding.reason_codes import ReasonCode

ASKED = {"service": "orbit", "intent": "reason"}


def faults(event: object) -> tuple[str, ...]:
    with pytest.raises(ValidationError) as caught:
        Question.model_validate(event)
    return invalid_fields(caught.value)


def nested(depth: int) -> dict[str, Any]:
    context: dict[str, Any] = {"a": 1}
    for _ in range(depth - 1):
        context = {"a": context}
    return context


def test_the_least_and_the_most_that_can_be_asked() -> None:
    """Service and intent are enough; everything else is optional. GOV-1"""
    assert Question.model_validate(ASKED).target is None
    whole = {
        **ASKED,
        "target": "axon",
        "tenant": "Müller & Söhne",
        "unproven": True,
        "context": {"purpose": "x", "deep": [{"a": [1, True, "b"]}]},
        "correlation_id": "abc-123",
    }
    assert Question.model_validate(whole).model_dump() == whole


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"service": ""}, "service: "),
        ({"service": "x" * 65}, "service: "),
        ({"service": "оrbit"}, "service: "),  # noqa: RUF001 - the first letter is Cyrillic
        ({"service": "or\0bit"}, "service: "),
        ({"service": 7}, "service: input should be a valid string"),
        ({"service": None}, "service: "),
        ({"service": ["orbit"]}, "service: "),
        ({"intent": "\ud800"}, "intent: "),
        ({"target": "a b"}, "target: "),
        ({"tenant": ""}, "tenant: "),
        ({"tenant": "x" * 129}, "tenant: "),
        ({"correlation_id": "a\nb"}, "correlation_id: "),
        ({"allowed": True}, "a field that does not exist: extra inputs are not permitted"),
        ({"context": []}, "context: input should be a valid dictionary"),
        ({"context": {"a": 1.5}}, "context: may hold text, whole numbers, booleans, lists and objects only"),
        ({"context": {"a": None}}, "context: may hold text, whole numbers, booleans, lists and objects only"),
        ({"context": {"a": float("nan")}}, "context: may hold text"),
        ({"context": {"a": (1,)}}, "context: may hold text"),
        ({"context": {"a": 2**63}}, "context: has a number that does not fit into 64 bits"),
        (
            {"context": {"__entity": {"type": "Service", "id": "axon"}}},
            "context: has a name that starts with `__`",
        ),
        (
            {"context": {"a": [{"__extn": {"fn": "ip", "arg": "::1"}}]}},
            "context: has a name that starts with `__`",
        ),
        ({"context": {"a": {"__expr": "principal"}}}, "context: has a name that starts with `__`"),
        ({"context": nested(9)}, "context: is nested deeper than 8 levels"),
        ({"context": nested(100_000)}, "context: is nested deeper than 8 levels"),
        ({"context": {"a": "x" * 5000}}, "context: is larger than 4096 bytes"),
        ({"context": {"a": "é" * 2048}}, "context: is larger than 4096 bytes"),
        ({"context": {"a": [0] * 1_000_000}}, "context: is larger than 4096 bytes"),
        ({"context": {"a": "\ud800"}}, "context: "),
        ({"context": {"\udfff": 1}}, "context: "),
    ],
)
def test_what_can_not_be_asked_is_named_without_its_value(change: dict[str, Any], fault: str) -> None:
    """Each refusal names the field and what is wrong, never what was sent."""
    (found,) = faults({**ASKED, **change})
    assert found.startswith(fault)
    assert found.isascii()


def test_eight_levels_are_fine() -> None:
    """The bound on depth is exact."""
    assert Question.model_validate({**ASKED, "context": nested(8)})


@pytest.mark.parametrize("event", [None, 1, "text", [], b"{}", ASKED.items()])
def test_only_an_object_is_a_question(event: object) -> None:
    """Whatever else arrives is refused as a whole."""
    assert faults(event)[0].startswith("the request: ")


def test_many_faults_are_cut_at_ten() -> None:
    """An answer stays small whatever was sent."""
    assert len(faults({f"x{index}": 1 for index in range(100)})) == 10


@pytest.mark.parametrize("code", ReasonCode)
def test_an_answer_can_not_contradict_its_code(code: ReasonCode) -> None:
    """`allowed` is true exactly with `permitted`; the other combination cannot be built."""

    def answer(*, allowed: bool) -> Answer:
        return Answer(
            allowed=allowed,
            reason="r",
            reason_code=code,
            policy_version=None,
            decision_id="d",
            evaluated_at=datetime(2026, 11, 22, tzinfo=UTC),
            service=None,
            intent=None,
            target=None,
            correlation_id="c",
        )

    permitted = code is ReasonCode.PERMITTED
    assert answer(allowed=permitted).allowed is permitted
    with pytest.raises(ValidationError, match="only `permitted` allows"):
        answer(allowed=not permitted)
