"""Properties in a protobuf Struct and out of it again."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.values import structs
from tests.support.engine.values import names, unhurried, values


@unhurried
@given(properties=st.dictionaries(names, values.filter(lambda value: value is not None), max_size=4))
def test_survives_the_protocol(properties: dict[str, Any]) -> None:
    """Properties come through a protobuf Struct as they were, whole numbers as int."""
    again = structs.from_struct(structs.to_struct(properties))
    assert again == properties
    assert all(not isinstance(value, float) or not value.is_integer() for value in again.values())


def test_leaves_out_null() -> None:
    """A null property is absent: the SDK takes a null output for a known one."""
    assert structs.from_struct(structs.to_struct({"a": None, "b": 1})) == {"b": 1}
