"""What an application's answer becomes, whatever it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gate.answers import DENIALS, REFUSALS, read_answer
from services.runtime.calls.http import HttpAnswer
from services.runtime.requests.problems import ProblemError

OURS = {"application-refused", "application-unavailable", "application-failed", "out-of-time"}
DENIAL = ProblemError(slug="denied-by-policy", title="Denied by policy", status=403, detail="no")


def caught(answer: HttpAnswer) -> ProblemError | None:
    try:
        read_answer(answer, None)
    except ProblemError as problem:
        return problem
    return None


@given(status=st.integers(100, 999), body=st.binary(max_size=200), later=st.text(max_size=9) | st.none())
def test_any_answer_is_a_json_result_or_a_problem_of_ours(
    status: int, body: bytes, later: str | None
) -> None:
    """No status, body or header of an application gets further than it shall."""
    answer = HttpAnswer(status=status, body=body, retry_after=later)
    problem = caught(answer)
    if problem is None:
        assert 200 <= status < 300
        json.loads(read_answer(answer, None))
        return
    assert problem.slug in OURS
    assert problem.status in REFUSALS | {500, 503, 504}
    assert len(problem.detail) <= 500
    assert "\n" not in problem.detail
    assert problem.headers.get("retry-after", "1").isascii()


@pytest.mark.parametrize("slug", [*sorted(DENIALS), "grant-refused", "signature-refused", "in-progress"])
def test_an_application_cannot_speak_for_governance_or_the_gate(slug: str) -> None:
    """What callers act upon is said by who knows it."""
    body = json.dumps({"type": f"urn:myelin:problem:{slug}"}).encode()
    with pytest.raises(ProblemError) as caught:
        read_answer(HttpAnswer(status=403, body=body), None)
    assert caught.value.slug == "application-refused"


def test_a_denial_that_there_was_is_told_in_its_own_words() -> None:
    """Not in those of the application, which only passes it on."""
    body = b'{"type": "urn:myelin:problem:denied-by-policy", "detail": "made up"}'
    with pytest.raises(ProblemError) as caught:
        read_answer(HttpAnswer(status=403, body=body), DENIAL)
    assert caught.value is DENIAL


def test_a_refusal_of_the_application_s_own_is_no_denial() -> None:
    """It was denied a call, and refuses for a reason of its own."""
    with pytest.raises(ProblemError) as caught:
        read_answer(HttpAnswer(status=404, body=b""), DENIAL)
    assert (caught.value.slug, caught.value.status) == ("application-refused", 404)
