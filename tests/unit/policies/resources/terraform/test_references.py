"""What an attribute was made from, in the words of a plan's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import Resource, Secret
from policies.resources.terraform.references import References

KEY = Resource(
    urn="key",
    token="aws:kms/key:Key",
    name="k",
    id="1234abcd",
    outputs={"arn": "arn:key", "keyUsage": "ENCRYPT"},
)
ROLE = Resource(urn="role", token="aws:iam/role:Role", name="r", outputs={"arn": Secret(value="arn:role")})
ADDRESSES = {"key": "aws_kms_key.k", "role": "aws_iam_role.r"}
GUESSED_ID = ["aws_kms_key.k.id", "aws_kms_key.k"]
GUESSED_ARN = ["aws_kms_key.k.arn", "aws_kms_key.k"]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["arn:key", "x", 7]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b_arn"]), inner, max_size=2)
    ),
    max_leaves=8,
)


def expressions(
    value: Any, unknown: Any = None, *, attribute: str = "it", urns: tuple[str, ...] = ("key",)
) -> Mapping[str, Any]:
    """Of a resource whose only input comes from some others."""
    references = References(ADDRESSES, {"key": KEY, "role": ROLE})
    resource = Resource(urn="u", token="t", name="n", references={"input": urns})
    marks = {} if unknown is None else {attribute: unknown}
    return references.expressions({attribute: "input"}, resource, {attribute: value}, marks)


@pytest.mark.parametrize(
    ("attribute", "suffix"),
    [
        ("kms_key_arn", "arn"),
        ("arn", "arn"),
        ("role_arns", "arn"),
        ("kms_key_id", "id"),
        ("bucket", "id"),
        ("learning", "id"),
    ],
)
def test_what_is_not_told_is_guessed_by_the_name(attribute: str, suffix: str) -> None:
    """An attribute called after an ARN was made from one, and any other from an id."""
    found = expressions(None, True, attribute=attribute)
    assert found[attribute] == {"references": [f"aws_kms_key.k.{suffix}", "aws_kms_key.k"]}


@pytest.mark.parametrize(
    ("value", "references"),
    [
        pytest.param("arn:key", GUESSED_ARN, id="an output"),
        pytest.param("1234abcd", GUESSED_ID, id="the id"),
        pytest.param("ENCRYPT", ["aws_kms_key.k.key_usage", "aws_kms_key.k"], id="an output in camel case"),
        pytest.param(["none", "arn:key"], GUESSED_ARN, id="in a list"),
        pytest.param("arn:key/x", GUESSED_ID, id="a text that only begins so"),
        pytest.param(7, GUESSED_ID, id="a number"),
    ],
)
def test_an_equal_value_tells_the_attribute(value: Any, references: list[str]) -> None:
    """What another resource has put out goes before what the name says."""
    assert expressions(value)["it"] == {"references": references}


def test_each_target_is_told_once() -> None:
    """One that the value names is not guessed again, the others are, and an output that is secret counts."""
    found = expressions("arn:role", urns=("key", "role"))["it"]["references"]
    assert found == ["aws_iam_role.r.arn", "aws_iam_role.r", *GUESSED_ID]


def test_a_short_text_says_nothing() -> None:
    """A switch or a port that equals an output did not come from it."""
    short = Resource(urn="key", token="aws:kms/key:Key", name="k", outputs={"isEnabled": "true"})
    references = References(ADDRESSES, {"key": short})
    resource = Resource(urn="u", token="t", name="n", references={"input": ("key",)})
    found = references.expressions({"it": "input"}, resource, {"it": "true"}, {})
    assert found == {"it": {"references": GUESSED_ID}}


@pytest.mark.parametrize("urns", [(), ("gone",)])
def test_what_is_not_in_the_plan_is_not_referred_to(urns: tuple[str, ...]) -> None:
    """A stack, a component or a resource of another program has no address."""
    assert expressions("arn:key", urns=urns) == {}


def test_inside_blocks_only_what_refers_is_told() -> None:
    """What is unknown and what is equal to an output, at any depth; a known part is the program's own."""
    value = [{"name": "x", "inner": [{"arn": "arn:key"}]}, {"name": "y"}]
    unknown = [{"role_arn": True}, {"name": False}]
    assert expressions(value, unknown)["it"] == [
        {
            "role_arn": {"references": GUESSED_ARN},
            "inner": [{"arn": {"references": GUESSED_ARN}}],
        },
        {},
    ]


@pytest.mark.parametrize("other", ["x", None, 7, ["arn:key"]])
def test_what_is_no_block_among_blocks_tells_nothing(other: Any) -> None:
    """A list that the schema does not know may hold anything, and the blocks in it still refer."""
    referring = {"arn": {"references": GUESSED_ARN}}
    assert expressions([{"arn": "arn:key"}, other])["it"] == [referring, {}]
    assert expressions([{"inner": [other, {"arn": "arn:key"}]}])["it"] == [{"inner": [{}, referring]}]


def test_blocks_that_tell_nothing_refer_as_a_whole() -> None:
    """Pulumi says that the input comes from the other resource, so that is kept where no part shows it."""
    assert expressions([{"name": "x"}])["it"] == {"references": GUESSED_ID}


@given(VALUES, VALUES)
def test_values_and_marks_of_any_shape(value: Any, unknown: Any) -> None:
    """Whatever they are, the attribute refers to the resource that it comes from, and nothing raises."""
    assert "aws_kms_key.k" in str(expressions(value, unknown)["it"])
