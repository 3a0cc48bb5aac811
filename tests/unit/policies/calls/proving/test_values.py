"""Values and outcomes, as the solver sees them."""

from __future__ import annotations

import pytest
import z3

from policies.calls.proving.inputs import text_of
from policies.calls.proving.not_understood import NotUnderstoodError
from policies.calls.proving.values import (
    MAX_ALTERNATIVES,
    YES,
    Opaque,
    Primitive,
    RecordValue,
    SetOf,
    combined,
    equal,
    is_no,
    is_yes,
    merged,
    text_term,
)

ONE, A = Primitive("long", z3.IntVal(1)), Primitive("string", text_term("a"))


@pytest.mark.parametrize("text", ["", "a", '"\\u{61}\\', "é\n\x00", "\u4e2d\U0001f600", "\x7f"])
def test_a_text_comes_back_from_the_solver(text: str) -> None:
    """Whatever in it looks like one of the solver's escapes."""
    assert text_of(text_term(text)) == text
    assert len(text) == z3.simplify(z3.Length(text_term(text))).as_long()


def test_a_character_that_the_solver_has_not_is_not_understood() -> None:
    """Rather than another one in its place."""
    with pytest.raises(NotUnderstoodError):
        text_term("\U00030000")


def test_values_of_different_kinds_are_not_equal() -> None:
    """Cedar compares anything with anything."""
    assert is_no(equal(ONE, A))
    assert is_no(equal(SetOf(()), RecordValue({})))
    assert is_yes(equal(SetOf((ONE, ONE)), SetOf((ONE,))))
    assert is_no(equal(RecordValue({"a": (YES, ONE)}), RecordValue({})))


def test_a_value_of_a_type_that_is_not_known_is_refused_wherever_it_is_used() -> None:
    """Compared, inside a record, or as an operand: never as a value that is just different."""
    unknown = Opaque("`ipaddr`")
    for left, right in (
        (unknown, ONE),
        (RecordValue({"a": (YES, unknown)}), RecordValue({"a": (YES, unknown)})),
    ):
        with pytest.raises(NotUnderstoodError, match="ipaddr"):
            equal(left, right)
    with pytest.raises(NotUnderstoodError, match="ipaddr"):
        combined([[(YES, unknown)]], lambda of: [(YES, of)])


def test_alternatives_of_one_kind_become_one() -> None:
    """Under either guard, by the guard; there are never more than the bound."""
    guard = z3.Bool("g")
    [(known, value)] = merged([(guard, ONE), (z3.Not(guard), Primitive("long", z3.IntVal(2)))])
    assert isinstance(value, Primitive)
    solver = z3.Solver()
    solver.add(z3.Or(z3.Not(known), z3.If(guard, 1, 2) != value.term))
    assert solver.check() == z3.unsat
    with pytest.raises(NotUnderstoodError):
        merged([(z3.Bool(f"g{number}"), SetOf(())) for number in range(MAX_ALTERNATIVES + 1)])
