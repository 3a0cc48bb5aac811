"""What a deployed resource's outputs tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN, Resource, Secret
from policies.resources.terraform.names import terraform_names
from policies.resources.terraform.observed import observed, settings
from policies.resources.terraform.schema import provider_schema

BUCKET = "aws:s3/bucket:Bucket"
NOTHING: list[Any] = [None, "", [], {}]
VALUES = st.recursive(
    st.sampled_from([*NOTHING, 0, False, "x", 3]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_nothing_empty_is_told(outputs: dict[str, Any]) -> None:
    """No null, empty text, list or object is left at any depth, and everything else is."""

    def leaves(value: Any) -> list[Any]:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        if items is None:
            return [] if value in (None, "") else [value]
        return [leaf for item in items for leaf in leaves(item)]

    def empties(value: Any) -> bool:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return value in NOTHING or any(map(empties, items))

    told = observed(outputs)
    assert leaves(told) == leaves(outputs)
    assert not any(map(empties, told.values()))


def test_zero_and_false_say_something() -> None:
    """A switch that is off is a fact; a value that is not known, or a list with one, is none."""
    told = observed({"a": 0, "b": False, "c": UNKNOWN, "d": ["x", UNKNOWN], "e": Secret(value=UNKNOWN)})
    assert told == {"a": 0, "b": False, "e": Secret(value=UNKNOWN)}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param({}, {"acl": "private"}, id="left to AWS"),
        pytest.param({"acl": "public-read"}, {"acl": "public-read"}, id="set by the program"),
        pytest.param({"acl": None}, {"acl": "private"}, id="set to nothing"),
    ],
)
def test_settings_are_inputs_and_what_aws_chose(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    """The program's word counts before AWS's; what only AWS sets is no setting."""
    bucket = Resource(
        urn="u",
        token=BUCKET,
        name="b",
        id="b",
        inputs=inputs,
        outputs={"acl": "private", "arn": "arn:aws:s3:::b", "lifecycleRules": [], "noSuchThing": 1},
    )
    shape = provider_schema().resource("aws_s3_bucket")
    assert settings(bucket, terraform_names(), shape) == expected
