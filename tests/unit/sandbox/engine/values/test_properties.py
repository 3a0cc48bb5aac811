"""Property values: secrets, references, and what is the same in two assets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from sandbox.engine.values.properties import (
    ArchiveValue,
    AssetValue,
    ResourceReference,
    SecretValue,
    contains_secret,
    mark_secret,
    mark_secrets,
    reveal,
    reveal_properties,
    same_content,
    secret_names,
)
from tests.support.engine.values import plain_values, unhurried, values


@unhurried
@given(value=values)
def test_reveals_every_secret(value: Any) -> None:
    """No secret is left, however deep; revealing again changes nothing."""
    bare = reveal(value)
    assert not contains_secret(bare)
    assert reveal(bare) == bare
    assert reveal_properties({"a": value}) == {"a": bare}


@unhurried
@given(value=plain_values)
def test_marks_once(value: Any) -> None:
    """A secret's secret is the secret, and a property with one inside is named."""
    secret = mark_secret(value)
    assert mark_secret(secret) == secret == SecretValue(value)
    assert reveal(secret) == value
    assert secret_names({"a": [secret], "b": value}) == {"a"}
    assert mark_secrets({"a": value, "b": value}, ["b", "c"]) == {"a": value, "b": secret}


def test_does_not_show_a_secret() -> None:
    """Neither a log line nor a failed test has what a secret is."""
    assert "hush" not in repr({"a": [SecretValue("hush")]})


def test_a_reference_is_its_id() -> None:
    """A resource given as an input is its id; a component is its URN."""
    resource, component = ResourceReference(urn="urn:x", id="x-1"), ResourceReference(urn="urn:y")
    assert reveal([resource, component]) == ["x-1", "urn:y"]


ONE = AssetValue(path="/one", hash="1")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (AssetValue(path="/two", hash="1"), True),
        (AssetValue(path="/one", hash="2"), False),
        (ArchiveValue(path="/one", hash="1"), False),
        (AssetValue(text="one"), False),
        ("/one", False),
        (None, False),
    ],
)
def test_content_counts_and_not_the_place(other: Any, same: bool) -> None:
    """Two files with one hash are the same wherever they lie, in an archive of several, too."""
    assert same_content(ONE, other) is same
    if isinstance(other, AssetValue):
        assert same_content(ArchiveValue(assets={"f": ONE}), ArchiveValue(assets={"f": other})) is same


def test_text_is_its_own_content() -> None:
    """Texts compare as they are."""
    assert same_content(AssetValue(text="a"), AssetValue(text="a"))
    assert not same_content(AssetValue(text="a"), AssetValue(text="b"))
