"""Changes that no sample shows, found by the solver; and what is said where it cannot tell."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.rehearsing.decision_changes import DecisionChanges, compare_decisions
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.governance.random_conditions import ENVIRONMENTS, SCHEMA

OPENS = (
    'context.attributes == {"name": "x", "size": 77}',
    '{"a": context.tenant}.a == "acme"',
    "context.attributes.size * 3 + 1 == 3001",
    "context.attributes.size + context.attributes.count == 4242 && context.attributes.count > 2000",
    "-context.attributes.size > 5000",
    "[4711, 4712].contains(context.attributes.size + 1)",
    '(if context has tenant then context.tenant else "nobody") == "somebody"',
    'context.attributes.tags == ["a", "b"]',
    'context.attributes.tags.containsAll(["a", "b"]) && !context.attributes.tags.contains("c")',
    "context.attributes.sizes.containsAny(context.attributes.more) && !context.attributes.more.isEmpty()",
    "context.attributes.count == context.attributes.size + 1 && context.attributes.size > 10",
    "context.attributes.name == context.tenant",
    'context.attributes.name like "*b" && context.attributes.name like "a*"',
    'context.time.durationSince(datetime("2031-01-01")) > duration("36h")',
    'context.time.toTime() > duration("23h") && context.time.toDate() == datetime("2044-02-29")',
    "context.time.toTime().toHours() == 3",
    'context.attributes.when.offset(duration("1d")) == context.time',
    'context.attributes.span.toMinutes() == 17 && context.attributes.price.lessThan(decimal("-7.5"))',
    'context.attributes.inner.flag && context.attributes.inner["odd name"] == "q"',
    'action in Action::"change" && context.attributes.flag',
)
STAYS = (
    "context.attributes.size > 5 && context.attributes.size < 6",
    "context.attributes.size * 2 == 7",
    'context.tenant like "a*" && context.tenant == "b"',
    'context.attributes.tags.isEmpty() && context.attributes.tags.contains("a")',
    'context.time.toTime() >= duration("24h")',
    '(if context has tenant then context.tenant == "" else false)',
    'context.attributes == {"name": "x"} && context.attributes has size',
    'action == Action::"change"',
)


@pytest.fixture
def compared(policy: Any) -> Any:
    """Compares no policies with one permit that has this condition."""

    def compare(condition: str) -> DecisionChanges:
        guarded = f"(if context has attributes then true else true) && ({condition})"
        may = policy("may", "permit", "axon", "erase", "axon", guarded)
        versions = (
            Rehearsal.of(cut(policy.sources(*rules, schema=SCHEMA), Catalogue(services=("axon",))))
            for rules in ((), (may,))
        )
        return compare_decisions(*versions, environments=ENVIRONMENTS)

    return compare


@pytest.mark.parametrize("condition", OPENS)
def test_a_permit_that_opens_a_call_is_named(compared: Any, condition: str) -> None:
    """With an input for which it does, as both versions answered it. GOV-5"""
    found = compared(condition)
    (opened,) = found.of("opens")
    assert found.complete
    assert (opened.before.allowed, opened.after.allowed, opened.after.policies) == (False, True, ("may",))


@pytest.mark.parametrize("condition", STAYS)
def test_a_permit_that_never_holds_is_proved_to_open_nothing(compared: Any, condition: str) -> None:
    """Nothing opens, and it is not said that anything was not tried."""
    found = compared(condition)
    assert (found.of("opens"), found.complete) == ((), True)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("context.attributes.place == context.attributes.place", "`ipaddr`"),
        ('ip("10.0.0.1") == ip("10.0.0.1")', "`ip`"),
        (" + ".join(["1"] * 2000) + " == 1", "too deep"),
    ],
    ids=["ipaddr", "ip", "deep"],
)
def test_a_shape_that_is_not_understood_is_said_to_be_untried(
    compared: Any, condition: str, why: str
) -> None:
    """The question is listed with the policy and the reason, whatever the sample has shown. GOV-5"""
    found = compared(condition)
    assert not found.complete
    (untried,) = found.untried
    assert (untried.service, untried.intent, untried.target) == ("axon", "erase", "axon")
    assert "`may`" in untried.why
    assert why in untried.why


def test_the_input_that_is_found_is_a_plain_one(compared: Any) -> None:
    """Nothing in it that the condition does not need."""
    (opened,) = compared('context.attributes.name == "x" && context.attributes.size == 12').of("opens")
    assert opened.sample.context == {"name": "x", "size": 12}
    assert (opened.sample.environment, opened.sample.tenant) == ("dev", None)
