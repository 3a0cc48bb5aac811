"""The table of AWS's limits."""

from __future__ import annotations

from policies.resources.guardrails.aws_limits import (
    EXECUTIONS,
    LIMITS,
    RULES_OF_GROUP,
    RULES_OF_LISTENER,
    LimitMeasure,
)

ALL = (*LIMITS, RULES_OF_GROUP, RULES_OF_LISTENER, EXECUTIONS)


def test_each_names_its_page_and_a_way_out() -> None:
    """A number that nobody can look up, or do anything about, is of no help."""
    for limit in ALL:
        assert limit.page.startswith("https://docs.aws.amazon.com/"), limit
        assert limit.most > 0, limit
        assert limit.way_out, limit
        assert limit.of, limit


def test_what_is_measured_is_named() -> None:
    """An attribute, unless the resources themselves are counted; each once."""
    for limit in LIMITS:
        assert bool(limit.attribute) is (limit.measure is not LimitMeasure.RESOURCES), limit
    assert len({(limit.kind, limit.attribute) for limit in LIMITS}) == len(LIMITS)
