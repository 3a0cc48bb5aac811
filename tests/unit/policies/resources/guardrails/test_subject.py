"""Attributes of a resource as rules ask for them, in Pulumi's spelling and in Terraform's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN
from policies.resources.guardrails.subject import Attributes, NotKnownError, Subject, camel
from policies.resources.terraform.names import snake
from tests.support.resources.judged import TODAY

LEAVES = st.booleans() | st.integers(1, 9) | st.text("ab", min_size=1, max_size=2) | st.just(UNKNOWN)
WORDS = st.lists(st.text("abxyz", min_size=2, max_size=3), min_size=1, max_size=3).map("_".join)


def pulumi(**values: Any) -> Attributes:
    return Attributes(values, camel)


def terraform(**values: Any) -> Attributes:
    return Attributes(values, str)


def asked(read: Callable[[str], Any], path: str) -> Any:
    """What a question comes to; UNKNOWN for NotKnownError."""
    try:
        return read(path)
    except NotKnownError:
        return UNKNOWN


@given(WORDS)
def test_a_name_in_camel_case_goes_back(name: str) -> None:
    """Pulumi's spelling of an attribute, made of words of more than one letter, is that of no other one."""
    assert snake(camel(name)) == name


@given(block=WORDS, name=WORDS, value=LEAVES)
def test_both_spellings_say_the_same(block: str, name: str, value: Any) -> None:
    """A value in a block is found under its Terraform path, as Pulumi has it and as a parsed plan does."""
    path = f"{block}.{name}"
    ways = (
        pulumi(**{camel(block): {camel(name): value}}),
        pulumi(**{f"{camel(block)}s": [{camel(name): value}]}),
        terraform(**{block: [{name: [value]}]}),
        terraform(**{block: {name: value}}),
    )
    for it in ways:
        assert asked(it.get, path) == it.raw(path) == value
        assert it.has(path)
        assert not it.has(f"{path}.deeper") or value is UNKNOWN


@pytest.mark.parametrize(
    "values", [{}, {"a": None}, {"a": ""}, {"a": {}}, {"a": {"b": None}}, {"a": {"b": ""}}, {"a": "b"}]
)
def test_what_says_nothing_is_not_given(values: dict[str, Any]) -> None:
    """Null and the empty text are how a program leaves an attribute out; a text has nothing in it."""
    assert not pulumi(**values).has("a.b")
    assert not pulumi(**values).flag("a.b")
    assert list(pulumi(**values).blocks("a.b")) == []


@pytest.mark.parametrize("value", [0, False, [], {}, UNKNOWN])
def test_what_says_something_is_given(value: Any) -> None:
    """A zero, a switch that is off and what a deployment will bring are given."""
    assert pulumi(a=value).has("a")


@pytest.mark.parametrize(
    "values", [{"logGroup": UNKNOWN}, {"logGroup": {"itsName": UNKNOWN}}, {"logGroup": [UNKNOWN]}]
)
def test_an_unknown_is_named_by_its_path(values: dict[str, Any]) -> None:
    """Wherever on the way the value is not known, the whole path is told in the program's spelling."""
    with pytest.raises(NotKnownError, match=r"`logGroup\.itsName` is not known before a deployment"):
        pulumi(**values).get("log_group.its_name")


@pytest.mark.parametrize(
    ("value", "on"),
    [
        (True, True),
        ("true", True),
        ("True", True),
        (False, False),
        ("false", False),
        (None, False),
        (1, False),
    ],
)
def test_a_switch_is_on_where_it_says_true(value: Any, *, on: bool) -> None:
    """As a value, as a text of a plan, or in a list of one; nothing else switches it on."""
    assert pulumi(a=value).flag("a") is on
    assert terraform(a=[value]).flag("a") is on


@pytest.mark.parametrize(
    ("value", "number"), [(90, 90), ("90", 90), (90.0, 90), (None, None), ("", None), ([7], 7)]
)
def test_a_number_is_one_in_any_form(value: Any, number: int | None) -> None:
    """Plans may have numbers as texts; what is not given is none."""
    assert terraform(a=value).number("a") == number


@pytest.mark.parametrize("value", ["x", 1.5, "1.5", float("inf"), True, [1, 2], {"b": 1}, UNKNOWN, [UNKNOWN]])
def test_what_is_no_number_is_not_judged(value: Any) -> None:
    """A value of a wrong shape leaves a rule open, and does not end the run."""
    with pytest.raises(NotKnownError, match="`itsSize` is "):
        pulumi(itsSize=value).number("its_size")


def test_known_blocks_come_before_an_unknown_one() -> None:
    """A rule sees every block that is known; one that is not known is never passed over in silence."""
    found: list[Any] = []
    with pytest.raises(NotKnownError, match="`rules`"):
        found.extend(
            block.get("port") for block in pulumi(rules=[{"port": 1}, UNKNOWN, {"port": 2}]).blocks("rules")
        )
    blocks = pulumi(rules=[{"port": 1}, UNKNOWN, {"port": 2}]).blocks("rules")
    assert [next(blocks).get("port"), next(blocks).get("port")] == [1, 2]
    assert [block.get("port") for block in pulumi(rules={"port": 1}).blocks("rules")] == [1]


def test_texts_are_not_made_of_what_is_not_known() -> None:
    """A list with an unknown text in it is not known, and one text alone is a list."""
    with pytest.raises(NotKnownError, match="`names`"):
        pulumi(names=["a", UNKNOWN]).texts("names")
    assert pulumi(names=["a", None, ["b"]]).texts("names") == ("a", "b")
    assert pulumi(names="a").texts("names") == ("a",)
    assert pulumi().texts("names") == ()


def test_items_keep_what_is_not_known() -> None:
    """Each value is there to be looked at, and what is not known stands for itself."""
    it = pulumi(rules=[{"a": 1}, None, UNKNOWN, [["x"]]])
    assert it.items("rules") == [{"a": 1}, UNKNOWN, "x"]
    found = list(it.blocks_or_unknown("rules"))
    assert [one if one is UNKNOWN else dict(one.values) for one in found] == [{"a": 1}, UNKNOWN]


def test_the_program_is_what_was_written() -> None:
    """Where AWS's own choices are told beside them, a rule can still ask for the program's words alone."""
    chosen, written = pulumi(a=1, b=2), pulumi(a=1)
    subject = Subject(kind="aws_lb", attributes=chosen, taggable=False, today=TODAY)
    assert subject.program is chosen
    both = Subject(kind="aws_lb", attributes=chosen, taggable=False, today=TODAY, written=written)
    assert both.program is written
