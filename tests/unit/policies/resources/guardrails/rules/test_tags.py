"""The platform's tags, in every form that resources have them in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN
from policies.resources.guardrails.rules.tags import REQUIRED, TAGS, taggable
from policies.resources.guardrails.subject import Attributes, NotKnownError, Subject, camel
from tests.support.resources.judged import FAILED, PASSED, TODAY, judge, resource

GROUP = "aws_autoscaling_group"
OTHERS = st.sets(st.sampled_from(["name", "Owner", "myelin:layer2", "key"]))


def subject(values: Any, kind: str = "aws_sqs_queue", spell: Any = camel) -> Subject:
    return Subject(kind=kind, attributes=Attributes(values, spell), taggable=taggable(kind), today=TODAY)


def blocks(*names: Any) -> list[Any]:
    return [{"key": name, "value": "x", "propagateAtLaunch": True} for name in names]


@given(st.sets(st.sampled_from(REQUIRED)), OTHERS)
def test_exactly_what_is_missing_is_named(given_tags: set[str], others: set[str]) -> None:
    """In the order that the rule has, as a map and as blocks; other tags do no harm and do not count."""
    missing = [name for name in REQUIRED if name not in given_tags]
    said = f"missing tags: {', '.join(missing)}" if missing else None
    names = [*given_tags, *others]
    assert TAGS.judge(subject({"tags": dict.fromkeys(names, "x")})) == said
    assert TAGS.judge(subject({"tags": blocks(*names)}, GROUP)) == said
    assert TAGS.judge(subject({"tag": [{"key": [name]} for name in names]}, GROUP, str)) == said


def test_a_parsed_plan_has_the_map_in_a_list() -> None:
    """Checkov's reading of a plan says the same as the program's map."""
    assert TAGS.judge(subject({"tags": [dict.fromkeys(REQUIRED, "x")]}, spell=str)) is None
    assert TAGS.judge(subject({"tags": [{"Name": "x"}]}, spell=str)) is not None


@pytest.mark.parametrize("tags", [None, {}, [], "Name", 3])
def test_what_is_no_tag_is_none(tags: Any) -> None:
    """Without tags, and in shapes that have none, all of them are missing."""
    assert TAGS.judge(subject({"tags": tags})) == f"missing tags: {', '.join(REQUIRED)}"


def test_a_tag_whose_value_is_to_come_is_there() -> None:
    """The rule asks for names, which the program has written."""
    assert TAGS.judge(subject({"tags": dict.fromkeys(REQUIRED, UNKNOWN)})) is None


@pytest.mark.parametrize("more", [[UNKNOWN], blocks(UNKNOWN)])
def test_a_tag_whose_name_is_to_come_may_be_the_missing_one(more: list[Any]) -> None:
    """Where something is missing the rule says neither; where nothing is, it passes."""
    assert TAGS.judge(subject({"tags": [*blocks(*REQUIRED), *more]}, GROUP)) is None
    with pytest.raises(NotKnownError, match="`tag"):
        TAGS.judge(subject({"tags": [*blocks("Name"), *more]}, GROUP))


def test_what_takes_no_tags_passes() -> None:
    """An alias has none, nor has a tag itself, and of what the provider does not have nothing is asked."""
    for kind in ("aws_kms_alias", "aws_autoscaling_group_tag", "aws_moon_base", ""):
        assert not taggable(kind)
        assert TAGS.judge(subject({}, kind)) is None


def test_an_auto_scaling_group_takes_tags() -> None:
    """Its tags are blocks, and it is held to them like anything else."""
    token = "aws:autoscaling/group:Group"
    for tags, verdict in ((blocks(*REQUIRED), PASSED), (blocks("Name"), FAILED), ([], FAILED)):
        found = judge(resource(token, tags=tags), platform=True)
        assert found[TAGS.id, "it"][0] is verdict
