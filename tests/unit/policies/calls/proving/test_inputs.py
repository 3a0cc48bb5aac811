"""The space of inputs, and one input of it."""

from __future__ import annotations

import pytest
import z3

from policies.calls.language.cases import NOON
from policies.calls.language.schema_types import AtomType, RecordType, SetType
from policies.calls.proving.inputs import MAX_TENANT, FoundInput, InputSpace
from policies.calls.proving.literals import milliseconds_of
from policies.calls.proving.not_understood import NotUnderstoodError

LONG, TEXT = AtomType("Long"), AtomType("String")


def context(**attributes: tuple[object, bool]) -> RecordType:
    inner = RecordType(attributes)  # type: ignore[arg-type]
    ours = {
        "environment": (TEXT, True),
        "time": (AtomType("datetime"), True),
        "proven": (AtomType("Bool"), True),
        "tenant": (TEXT, False),
    }
    return RecordType({**ours, "attributes": (inner, False)})


def solved(space: InputSpace, *formulas: object) -> FoundInput | None:
    solver = z3.Solver()
    solver.add(*space.constraints(), *formulas)
    return space.read(solver.model(), z3.And(*formulas)) if solver.check() == z3.sat else None


def test_an_input_is_read_back_with_every_type_of_attribute() -> None:
    """As the JSON that a caller sends."""
    wanted = context(
        size=(LONG, True), tags=(SetType(TEXT), True), when=(AtomType("datetime"), True), gone=(LONG, False)
    )
    space = InputSpace([wanted], ("dev",), NOON)
    found = solved(space, *list(space.plain())[1:], space.claims)
    assert found is not None
    assert found.attributes is not None
    assert found.attributes.keys() == {"size", "tags", "when"}
    assert (found.environment, found.at, found.tenant) == ("dev", NOON, None)


def test_only_what_exists_is_in_the_space() -> None:
    """Environments that there are, tenants of 1 to 128 characters."""
    space = InputSpace([context()], ("dev", "prod"), NOON)
    fields = space.context.attributes
    tenant, environment = fields["tenant"][1].term, fields["environment"][1].term  # type: ignore[union-attr]
    there = fields["tenant"][0]
    assert solved(space, environment == z3.StringVal("test")) is None
    assert solved(space, there, z3.Length(tenant) == 0) is None
    assert solved(space, there, z3.Length(tenant) > MAX_TENANT) is None
    assert solved(space, fields["time"][1].term == milliseconds_of(NOON)) is not None  # type: ignore[union-attr]


def test_an_input_fits_a_type_only_with_what_it_needs_and_nothing_else() -> None:
    """Two versions may name different attributes."""
    narrow, wide = context(size=(LONG, True)), context(size=(LONG, False), more=(LONG, False))
    space = InputSpace([narrow, wide], ("dev",), NOON)
    only_wide = solved(space, space.claims, space.fits(wide), z3.Not(space.fits(narrow)))
    assert only_wide is not None
    assert only_wide.attributes is not None
    assert "more" in only_wide.attributes or "size" not in only_wide.attributes
    assert solved(space, space.fits(narrow), z3.Not(space.fits(wide))) is None


def test_an_attribute_whose_type_differs_has_no_value_here() -> None:
    """An input that has it cannot be made up."""
    space = InputSpace([context(size=(LONG, True)), context(size=(TEXT, True))], ("dev",), NOON)
    with pytest.raises(NotUnderstoodError):
        solved(space, space.claims)
