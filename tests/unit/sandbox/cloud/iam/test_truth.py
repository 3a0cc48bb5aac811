"""Three-valued logic: what is unknown counts only where it decides."""

from __future__ import annotations

import pytest

from sandbox.cloud.iam.truth import Truth, every, flipped, some


@pytest.mark.parametrize(
    ("answers", "all_of", "one_of"),
    [
        ((), True, False),
        ((True, True), True, True),
        ((True, False), False, True),
        ((True, None), None, True),
        ((False, None), False, None),
        ((None, None), None, None),
    ],
)
def test_unknown_answers_count_where_they_decide(
    answers: tuple[Truth, ...], all_of: Truth, one_of: Truth
) -> None:
    """A no settles "all", a yes settles "one", whatever else is unknown."""
    assert (every(answers), some(answers)) == (all_of, one_of)


@pytest.mark.parametrize(("answer", "other"), [(True, False), (False, True), (None, None)])
def test_the_unknown_has_no_other_side(answer: Truth, other: Truth) -> None:
    """The negation of what is not judged is not judged either."""
    assert flipped(answer) is other
