"""A handler reads what was decided about. GOV-4."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field

from services.runtime.intents.attributes import ambiguous


class Plain(BaseModel):
    amount: int
    note: str = ""


class Aliased(BaseModel):
    value: int = Field(alias="amount")


class ByBoth(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    amount: int = Field(alias="amt")
    note: str = Field("", alias="remark")


class Choosing(BaseModel):
    amount: int = Field(validation_alias=AliasChoices("amount", AliasPath("sums", 0)))


class Nested(BaseModel):
    amount: ByBoth | None = None
    other: list[ByBoth] = []


class Deep(BaseModel):
    purpose: dict[str, list[Nested]]


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (Plain, []),
        (Aliased, []),
        (ByBoth, [("amount", "amt")]),
        (Choosing, [("amount", "sums")]),
        (Plain | ByBoth, [("amount", "amt")]),
        (Nested, [("amount.amount", "amt"), ("amount.note", "remark")]),
        (Deep, [("purpose.amount", "amt"), ("purpose.note", "remark")] * 2),
        (dict[str, Any], []),
        (int, []),
    ],
)
def test_an_attribute_is_read_under_one_name(payload: Any, found: list[tuple[str, str]]) -> None:
    """A second name would let a request show one value to the decision and another to the handler."""
    assert list(ambiguous(payload, ("amount", "purpose"))) == found


def test_other_fields_may_have_several_names() -> None:
    """No decision looks at them."""
    assert list(ambiguous(ByBoth, ("purpose",))) == []


def test_the_second_name_is_what_such_a_model_reads() -> None:
    """The attack that this withstands: both are sent."""
    assert ByBoth.model_validate_json('{"amount": 1, "amt": 1000}').amount == 1000
