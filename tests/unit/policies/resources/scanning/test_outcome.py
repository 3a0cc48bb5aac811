"""What is said of a resource for each way that a check can end, without checkov."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from policies.resources.findings.values import CheckVerdict
from policies.resources.graph.values import UNKNOWN, Graph
from policies.resources.scanning.outcome import CheckOutcome
from policies.resources.scanning.verdicts import checked
from policies.resources.terraform.plan import translate
from tests.support.resources.documents import urn
from tests.support.resources.fake_checks import Answer, FakeCheck, FakeChecker
from tests.support.resources.judged import FAILED, OPEN, PASSED, resource

DATABASE = "aws:rds/instance:Instance"


def outcomes(
    answer: Answer,
    inputs: Mapping[str, Any],
    malformed: frozenset[str] = frozenset(),
    comes_from: tuple[str, ...] = (),
) -> list[CheckOutcome]:
    """Of a check that reads whether a database is public."""
    it = replace(resource(DATABASE, **inputs), references={"publiclyAccessible": comes_from})
    graph = Graph(stack="dev", source="preview", resources=(it,))
    checker = FakeChecker(checks=(FakeCheck(answer=answer, reads=("publicly_accessible",)),))
    found = list(checked(graph, translate(graph), checker, malformed={it.urn: malformed}))
    assert all(one.resource is it and one.check.id == "CKV_X_1" for one in found)
    return found


def breaks(values: Mapping[str, Any]) -> bool:
    return bool(values["no such thing"])


def breaks_on_a_value(values: Mapping[str, Any]) -> bool:
    """Passes where nothing is said, and stumbles over whatever is said."""
    return values.get("publicly_accessible") is None or breaks(values)


@pytest.mark.parametrize(
    ("answer", "inputs", "verdict", "detail"),
    [
        pytest.param(lambda _: True, {"publiclyAccessible": True}, PASSED, "d", id="it passes"),
        pytest.param(lambda _: False, {"publiclyAccessible": True}, FAILED, "d", id="it fails"),
        pytest.param(lambda _: True, {"publiclyAccessible": UNKNOWN}, PASSED, "d", id="whatever comes"),
        pytest.param(
            lambda it: bool(it.get("publicly_accessible")),
            {"publiclyAccessible": UNKNOWN},
            OPEN,
            "`publiclyAccessible` is not known before a deployment",
            id="by what comes",
        ),
        pytest.param(breaks, {}, OPEN, "the check could not run: KeyError: 'no such thing'", id="it breaks"),
        pytest.param(
            breaks,
            {"publiclyAccessible": UNKNOWN},
            OPEN,
            "the check could not run: KeyError: 'no such thing'",
            id="it breaks on everything that may come",
        ),
    ],
)
def test_every_end_of_a_check_is_told(
    answer: Answer, inputs: Mapping[str, Any], verdict: CheckVerdict, detail: str
) -> None:
    """Once, with what it hangs on; a check that could not run is never silent, known inputs or not."""
    assert [(one.verdict, one.detail) for one in outcomes(answer, inputs)] == [(verdict, detail)]


def test_a_check_that_breaks_on_all_that_may_come_is_open() -> None:
    """That it passes without the value, which another resource will give, decides nothing."""
    (found,) = outcomes(
        breaks_on_a_value, {"publiclyAccessible": UNKNOWN}, comes_from=(urn("aws:sns/topic:Topic", "t"),)
    )
    assert (found.verdict, found.detail) == (OPEN, "the check could not run: KeyError: 'no such thing'")


def test_a_check_that_says_nothing_has_no_outcome() -> None:
    """It is neither passed nor open, whatever the unknown inputs turn out to be."""
    assert outcomes(lambda _: None, {"publiclyAccessible": UNKNOWN}) == []


def test_what_cannot_be_read_is_not_waiting_for_a_deployment() -> None:
    """Of a policy that is malformed that is said, and not that its value is to come."""
    (found,) = outcomes(
        lambda it: "publicly_accessible" in it,
        {"publiclyAccessible": UNKNOWN},
        frozenset({"publiclyAccessible"}),
    )
    assert found.detail == "`publiclyAccessible` is malformed, so nothing can be said of what it allows"
