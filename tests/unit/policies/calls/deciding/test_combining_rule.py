from __future__ import annotations

from itertools import product

import pytest
from cedarpy import Decision

from policies.calls.deciding.evaluate import combine
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.language.values import Effect

EFFECTS: tuple[frozenset[Effect], ...] = (
    frozenset(),
    frozenset({"permit"}),
    frozenset({"forbid"}),
    frozenset({"permit", "forbid"}),
)
TABLE = {
    (Decision.Allow, False, EFFECTS[1]): ReasonCode.PERMITTED,
    (Decision.Deny, False, EFFECTS[0]): ReasonCode.NO_PERMIT,
    (Decision.Deny, False, EFFECTS[2]): ReasonCode.FORBIDDEN,
}


@pytest.mark.parametrize(("decision", "errors", "effects"), list(product(Decision, (False, True), EFFECTS)))
def test_every_combination_has_one_outcome(
    decision: Decision, errors: bool, effects: frozenset[Effect]
) -> None:
    """Three combinations mean what they say; each of the other 21 is a policy error and denies. GOV-1"""
    expected = TABLE.get((decision, errors, effects), ReasonCode.POLICY_ERROR)
    assert combine(decision, errors=errors, effects=effects) is expected


def test_the_only_way_to_allow_is_a_permit_without_error() -> None:
    """Of all combinations exactly one allows."""
    allowing = [
        row
        for row in product(Decision, (False, True), EFFECTS)
        if combine(row[0], errors=row[1], effects=row[2]) is ReasonCode.PERMITTED
    ]
    assert allowing == [(Decision.Allow, False, EFFECTS[1])]
