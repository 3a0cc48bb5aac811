"""What may come out of a layer below."""

from __future__ import annotations

import pytest

from stacks.layer_outputs import as_table, as_text, as_texts


@pytest.mark.parametrize("value", [None, 1, [], {}])
def test_not_text(value: object) -> None:
    """Only text is text."""
    assert as_text(value) is None
    assert as_text("a") == "a"


@pytest.mark.parametrize("value", [None, "a", ["a", 1], {"a": "b"}])
def test_not_a_list_of_texts(value: object) -> None:
    """A list with anything else in it is not what was asked for."""
    assert as_texts(value) is None
    assert as_texts(["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize("value", [None, "a", ["a"], {"a": 1}])
def test_not_a_table_of_texts(value: object) -> None:
    """A table with anything else in it is not what was asked for."""
    assert as_table(value) is None
    assert as_table({"a": "b"}) == {"a": "b"}
