"""Who may do what in an environment, by a program that others wrote. IAM-1, IAM-2, KEY-1, SEC-1."""

from __future__ import annotations

import pytest

from tests.support.iam.operations import CASES, OPERATIONS
from tests.support.iam.outside import missing, outside_opinions, simulation


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_the_outside_oracle_agrees_in_every_case() -> None:
    """Everybody tries everything; an operation is allowed if all that it needs is."""
    asked = [(case, need) for case in CASES for need in OPERATIONS[case[1]].needs]
    opinions = outside_opinions([simulation(case[0], need) for case, need in asked])
    assert [one for one in opinions if one.get("error") or one["ignored"]] == []
    denied = {case for (case, _), one in zip(asked, opinions, strict=True) if one["result"] != "Allowed"}
    assert {case for case in CASES if case not in denied} == {
        (who, name) for name, one in OPERATIONS.items() for who in one.by
    }
