"""What an expression may evaluate to, as the solver sees it.

An outcome is a list of alternatives: under a guard, a value. Guards exclude each other; where none of them
holds, the evaluation fails. So an attribute that may be absent is one alternative, and `if` has one or two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, TypeVar

import z3

from policies.calls.proving.not_understood import NotUnderstoodError

PrimitiveKind = Literal["bool", "long", "string", "datetime", "duration", "decimal"]
Guard = Any
"""A formula of the solver."""
V = TypeVar("V")
MAX_ALTERNATIVES = 64
YES, NO = (z3.BoolVal(value) for value in (True, False))
_STRING_END = 0x2FFFF
"""The last character that the solver has."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """A value of one kind; whole numbers stand for times, spans and decimals."""

    kind: PrimitiveKind
    term: Any


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity, which is always known: a question names its service, intent and target."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set that is written out, element by element."""

    elements: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class SetField:
    """A set that the caller sends; `term` is the solver's set of it."""

    element: PrimitiveKind
    term: Any


@dataclass(frozen=True, slots=True)
class RecordValue:
    """A record: of each attribute, under which guard it is there, and its value."""

    attributes: Mapping[str, tuple[Guard, Value]]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of a type that is not put to the solver; no such value is a truth value."""

    type: str


Value = Primitive | Entity | SetOf | SetField | RecordValue | Opaque
Outcome = Sequence[tuple[Guard, Value]]


def is_yes(guard: Guard) -> bool:
    """Whether a guard is the constant true; the solver keeps equal terms once, so the address is enough."""
    return bool(guard.ast.value == YES.ast.value)


def is_no(guard: Guard) -> bool:
    """Whether a guard is the constant false."""
    return bool(guard.ast.value == NO.ast.value)


def boolean(term: Any) -> Primitive:
    """A truth value."""
    return Primitive("bool", term)


def text_term(text: str) -> Any:
    """A text as the solver's. Raises NotUnderstoodError for characters that it has not."""
    if any(ord(character) > _STRING_END for character in text):
        raise NotUnderstoodError("a character beyond U+2FFFF")
    return z3.StringVal("".join(_escaped(character) for character in text))


def _escaped(character: str) -> str:
    plain = character.isascii() and character.isprintable() and character != "\\"
    return character if plain else f"\\u{{{ord(character):x}}}"


def sort_of(kind: PrimitiveKind) -> Any:
    """The solver's sort of a kind."""
    return {"bool": z3.BoolSort(), "string": z3.StringSort()}.get(kind, z3.IntSort())


def both(*guards: Guard) -> Guard:
    """All of the guards, made as small as is plain."""
    found = [guard for guard in guards if not is_yes(guard)]
    if any(is_no(guard) for guard in found):
        return NO
    return YES if not found else found[0] if len(found) == 1 else z3.And(*found)


def either(guards: Iterable[Guard]) -> Guard:
    """Any of the guards."""
    found = [guard for guard in guards if not is_no(guard)]
    if any(is_yes(guard) for guard in found):
        return YES
    return NO if not found else found[0] if len(found) == 1 else z3.Or(*found)


def negated(guard: Guard) -> Guard:
    """The opposite of a guard."""
    return NO if is_yes(guard) else YES if is_no(guard) else z3.Not(guard)


def combined(outcomes: Sequence[Outcome], make: Callable[..., Outcome]) -> Outcome:
    """What is made of one value of each outcome, for every combination of them."""
    found: list[tuple[Guard, Value]] = []
    for chosen in product(*outcomes):
        _require_clear(value for _, value in chosen)
        guard = both(*(guard for guard, _ in chosen))
        if not is_no(guard):
            found += [(both(guard, inner), value) for inner, value in make(*(value for _, value in chosen))]
    return merged(found)


def _require_clear(values: Iterable[Value]) -> None:
    for value in values:
        if isinstance(value, Opaque):
            raise NotUnderstoodError(f"an attribute of type {value.type}")


def merged(alternatives: Iterable[tuple[Guard, Value]]) -> Outcome:
    """The same outcome, with alternatives of one kind made one."""
    found: list[tuple[Guard, Value]] = []
    by_kind: dict[PrimitiveKind, tuple[Guard, Any]] = {}
    for guard, value in alternatives:
        if is_no(guard):
            continue
        if isinstance(value, Primitive):
            before = by_kind.get(value.kind)
            by_kind[value.kind] = (
                (guard, value.term)
                if before is None
                else (either((before[0], guard)), z3.If(guard, value.term, before[1]))
            )
        else:
            found.append((guard, value))
    found += [(guard, Primitive(kind, term)) for kind, (guard, term) in by_kind.items()]
    if len(found) > MAX_ALTERNATIVES:
        raise NotUnderstoodError("a value with too many alternatives")
    return found


def equal(left: Value, right: Value) -> Guard:
    """Under which guard two values are equal; values of different kinds never are."""
    _require_clear((left, right))
    match left, right:
        case Primitive(kind=kind), Primitive(kind=other):
            return z3.simplify(left.term == right.term) if kind == other else NO
        case Entity(), Entity():
            return YES if left == right else NO
        case RecordValue(), RecordValue():
            names = {*left.attributes, *right.attributes}
            return both(
                *(
                    _same_attribute(left.attributes.get(name), right.attributes.get(name))
                    for name in sorted(names)
                )
            )
        case ((SetOf() | SetField()), (SetOf() | SetField())):
            return both(contains_all(left, right), contains_all(right, left))
        case _:
            return NO


def _same_attribute(left: tuple[Guard, Value] | None, right: tuple[Guard, Value] | None) -> Guard:
    here, there = (NO if part is None else part[0] for part in (left, right))
    if left is None or right is None:
        return negated(either((here, there)))
    return both(here == there, either((negated(here), equal(left[1], right[1]))))


def contains(of: SetOf | SetField, element: Value) -> Guard:
    """Under which guard a set has an element."""
    if isinstance(of, SetOf):
        return either(equal(each, element) for each in of.elements)
    if isinstance(element, Primitive) and element.kind == of.element:
        return z3.IsMember(element.term, of.term)
    return NO


def contains_all(of: SetOf | SetField, other: SetOf | SetField) -> Guard:
    """Under which guard a set has every element of another."""
    if isinstance(other, SetOf):
        return both(*(contains(of, each) for each in other.elements))
    if isinstance(of, SetField):
        return z3.IsSubset(other.term, of.term) if of.element == other.element else is_empty(other)
    return z3.IsSubset(other.term, _as_solver_set(of, other.element))


def contains_any(of: SetOf | SetField, other: SetOf | SetField) -> Guard:
    """Under which guard two sets have an element in common."""
    if isinstance(other, SetOf):
        return either(contains(of, each) for each in other.elements)
    if isinstance(of, SetOf):
        return either(contains(other, each) for each in of.elements)
    if of.element != other.element:
        return NO
    return z3.Not(z3.SetIntersect(of.term, other.term) == z3.EmptySet(sort_of(of.element)))


def is_empty(of: SetOf | SetField) -> Guard:
    """Under which guard a set has no element."""
    if isinstance(of, SetOf):
        return NO if of.elements else YES
    return of.term == z3.EmptySet(sort_of(of.element))


def _as_solver_set(of: SetOf, kind: PrimitiveKind) -> Any:
    made = z3.EmptySet(sort_of(kind))
    for each in of.elements:
        if isinstance(each, Primitive) and each.kind == kind:
            made = z3.SetAdd(made, each.term)
    return made
