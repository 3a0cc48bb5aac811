"""Batches of AuthZEN evaluations: their order, their end, and their mistakes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.governance.authzen import MAX_EVALUATIONS
from tests.support.governance.authzen_url import ACTION, ASKED, AXON, HUB, MANY, SUBJECT, Post


def decisions(post: Post, body: Any) -> list[bool]:
    status, document, _ = post(MANY, body)
    assert (status, list(document)) == (200, ["evaluations"])
    return [found["decision"] for found in document["evaluations"]]


def test_a_batch_is_answered_in_its_order(post: Post) -> None:
    """Members of the request itself are defaults, those of an evaluation win."""
    body = {
        "subject": SUBJECT,
        "action": ACTION,
        "context": {"tenant": "good"},
        "evaluations": [
            {"resource": AXON},
            {"resource": HUB},
            {"resource": AXON, "context": {"tenant": "evil"}},
            {"resource": AXON, "context": {}},
            {"resource": AXON, "subject": HUB},
        ],
    }
    assert decisions(post, body) == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("semantic", "asked", "expected"),
    [
        ("execute_all", [AXON, HUB, AXON], [True, False, True]),
        ("deny_on_first_deny", [AXON, HUB, AXON], [True, False]),
        ("deny_on_first_deny", [AXON, AXON], [True, True]),
        ("permit_on_first_permit", [AXON, HUB, AXON], [True]),
        ("permit_on_first_permit", [HUB, HUB, AXON, HUB], [False, False, True]),
        ("permit_on_first_permit", [{"type": "service"}, AXON, HUB], [False, True]),
        ("deny_on_first_deny", [AXON, {"type": "service"}, AXON], [True, False]),
    ],
)
def test_a_batch_ends_where_its_semantic_says(
    post: Post, semantic: str, asked: list[Any], expected: list[bool]
) -> None:
    """An evaluation that cannot be asked counts as a denial."""
    evaluations = [{"resource": resource} for resource in asked]
    body = {
        "subject": SUBJECT,
        "action": ACTION,
        "evaluations": evaluations,
        "options": {"evaluations_semantic": semantic, "another_option": "value"},
    }
    assert decisions(post, body) == expected


def test_a_fault_in_one_evaluation_is_its_own(post: Post) -> None:
    """The others are answered; the context of the faulty one carries the error."""
    body = {
        "subject": SUBJECT,
        "action": ACTION,
        "evaluations": [{"resource": AXON}, {}, "x", {"resource": None}],
    }
    _, document, _ = post(MANY, body)
    assert [found["decision"] for found in document["evaluations"]] == [True, False, False, False]
    assert document["evaluations"][1]["context"] == {
        "reason_code": "invalid_request",
        "reason": "resource: field required",
        "error": {"status": 400, "message": "resource: field required"},
    }


@pytest.mark.parametrize("evaluations", [{}, {"evaluations": []}])
def test_without_evaluations_a_batch_is_a_single_request(post: Post, evaluations: dict[str, Any]) -> None:
    """And its answer that of a single one."""
    status, document, _ = post(MANY, {**ASKED, **evaluations})
    assert (status, document["decision"]) == (200, True)


@pytest.mark.parametrize(
    "body",
    [
        {**ASKED, "evaluations": {}},
        {**ASKED, "evaluations": [{}] * (MAX_EVALUATIONS + 1)},
        {**ASKED, "evaluations": [{}], "options": {"evaluations_semantic": "best_effort"}},
        {**ASKED, "evaluations": [{}], "options": []},
    ],
)
def test_a_fault_of_the_whole_batch_is_a_bad_request(post: Post, body: Any) -> None:
    """Nothing is evaluated."""
    assert post(MANY, body)[0] == 400


def test_each_evaluation_of_a_batch_is_recorded(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, with the same correlation id."""
    body = {**ASKED, "evaluations": [{}, {"resource": HUB}]}
    post(MANY, body, headers={"x-request-id": "r"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["correlation_id"], line["reason_code"]) for line in lines] == [
        ("r", "permitted"),
        ("r", "no_permit"),
    ]
