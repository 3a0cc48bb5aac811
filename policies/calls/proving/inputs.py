"""Every input that a question may have, as the solver's symbols, and back from a model to one input.

The environment is one of those that exist, the time any; tenant and attributes are what a caller may send,
proven or not.
The space may be a little larger than what a request can hold (4 KB): whatever is found in it is asked before
it is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import z3

from policies.calls.language.schema_types import AtomType, CedarType, RecordType, SetType
from policies.calls.proving.literals import (
    DAY,
    LONG,
    milliseconds_of,
    moment_of,
    show_datetime,
    show_decimal,
    show_duration,
)
from policies.calls.proving.not_understood import NotUnderstoodError
from policies.calls.proving.values import (
    NO,
    YES,
    Opaque,
    Primitive,
    PrimitiveKind,
    RecordValue,
    SetField,
    Value,
    both,
    either,
    is_no,
    is_yes,
    negated,
    sort_of,
    text_term,
)

MAX_TENANT = 128
_FIRST, _LAST = (
    milliseconds_of(datetime(1, 1, 1, tzinfo=UTC)),
    milliseconds_of(datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
)
_YEAR = 366 * DAY
_KINDS: Mapping[str, PrimitiveKind] = {
    "Bool": "bool",
    "Long": "long",
    "String": "string",
    "datetime": "datetime",
    "duration": "duration",
    "decimal": "decimal",
}
_IN_SETS = frozenset({"bool", "long", "string"})
_OUR_FIELDS: Mapping[str, CedarType] = {
    "environment": AtomType("String"),
    "time": AtomType("datetime"),
    "proven": AtomType("Bool"),
    "tenant": AtomType("String"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInput:
    """One input: what the function knows, and what the caller sends."""

    environment: str
    at: datetime
    proven: bool
    tenant: str | None
    attributes: dict[str, Any] | None


class InputSpace:
    """The symbols of an input, for contexts of these types (one for each version)."""

    def __init__(
        self, contexts: Sequence[RecordType | None], environments: Sequence[str], at: datetime
    ) -> None:
        self._environments = tuple(environments)
        self._at = at
        self._optional: list[Any] = []
        self._constraints: list[Any] = []
        self._environment = z3.String("environment")
        self._time = z3.Int("time")
        self._proven = z3.Bool("proven")
        self._has_tenant, self._tenant = z3.Bool("has tenant"), z3.String("tenant")
        self._has_attributes = z3.Bool("has attributes")
        shapes = [_attributes_of(context) for context in contexts]
        self._attributes = self._record("attributes", [shape for shape in shapes if shape is not None])

    @property
    def context(self) -> RecordValue:
        """The context of a request."""
        return RecordValue(
            {
                "environment": (YES, Primitive("string", self._environment)),
                "time": (YES, Primitive("datetime", self._time)),
                "proven": (YES, Primitive("bool", self._proven)),
                "tenant": (self._has_tenant, Primitive("string", self._tenant)),
                "attributes": (self._has_attributes, self._attributes),
            }
        )

    @property
    def claims(self) -> Any:
        """Whether the caller sends attributes."""
        return self._has_attributes

    def fits(self, context: RecordType | None) -> Any:
        """Under which guard the input fits a context's type."""
        if context is None:
            return NO
        declared = dict(context.attributes)
        for name, kind in _OUR_FIELDS.items():
            if name in declared and declared[name][0] != kind:
                raise NotUnderstoodError(f"a schema in which `{name}` is of another type")
        if "attributes" in declared and not isinstance(declared["attributes"][0], RecordType):
            return NO
        return _fits(self.context, context)

    def constraints(self) -> Iterator[Any]:
        """What holds of every input."""
        yield z3.Or(*(self._environment == text_term(name) for name in self._environments))
        yield z3.And(self._time >= _FIRST, self._time <= _LAST)
        size = z3.Length(self._tenant)
        yield z3.Implies(self._has_tenant, z3.And(size >= 1, size <= MAX_TENANT))
        yield from self._constraints

    def plain(self) -> Iterator[Any]:
        """What holds of the plainest input; an input is looked for that has as much of it as there is."""
        yield z3.Not(self._has_attributes)
        yield z3.Not(self._has_tenant)
        yield self._proven
        yield self._environment == text_term(self._environments[0])
        yield self._time == milliseconds_of(self._at)
        yield z3.And(
            self._time > milliseconds_of(self._at) - _YEAR, self._time < milliseconds_of(self._at) + _YEAR
        )
        yield from (z3.Not(each) for each in self._optional)

    def read(self, model: Any, formula: Any) -> FoundInput:
        """The input of a model of the formula. Raises NotUnderstoodError if there is none in JSON."""
        attributes = None
        if _holds(model, self._has_attributes):
            terms = [model.eval(term, model_completion=True) for term in _parts_of(formula)]
            attributes = _json_of(model, self._attributes, terms)
        tenant = _text_of(model, self._tenant) if _holds(model, self._has_tenant) else None
        return FoundInput(
            environment=_text_of(model, self._environment),
            at=moment_of(_number_of(model, self._time)),
            proven=_holds(model, self._proven),
            tenant=tenant,
            attributes=attributes,
        )

    def _record(self, path: str, shapes: Sequence[RecordType]) -> RecordValue:
        names = sorted({name for shape in shapes for name in shape.attributes})
        found: dict[str, tuple[Any, Value]] = {}
        for name in names:
            kinds = [shape.attributes[name][0] for shape in shapes if name in shape.attributes]
            always = all(shape.attributes.get(name, (None, False))[1] for shape in shapes)
            inner = f"{path}[{json.dumps(name)}]"
            there = YES if always else z3.Bool(f"has {inner}")
            if not always:
                self._optional.append(there)
            found[name] = (there, self._symbol(inner, kinds))
        return RecordValue(found)

    def _symbol(self, path: str, kinds: Sequence[CedarType]) -> Value:
        records = [kind for kind in kinds if isinstance(kind, RecordType)]
        if len(records) == len(kinds):
            return self._record(path, records)
        if len(set(map(repr, kinds))) > 1:
            return Opaque("two types")
        match kinds[0]:
            case AtomType(name=name) if name in _KINDS:
                return self._primitive(path, _KINDS[name])
            case SetType(element=AtomType(name=name)) if _KINDS.get(name) in _IN_SETS:
                kind = _KINDS[name]
                return SetField(kind, z3.Const(path, z3.SetSort(sort_of(kind))))
            case AtomType(name=name):
                return Opaque(f"`{name}`")
            case _:
                return Opaque("`Set` of such elements")

    def _primitive(self, path: str, kind: PrimitiveKind) -> Primitive:
        symbol = z3.Const(path, sort_of(kind))
        if kind in ("long", "duration", "decimal"):
            self._constraints.append(z3.And(symbol >= LONG.start, symbol < LONG.stop))
        elif kind == "datetime":
            # a year more on both sides, for the year 0 and for offsets
            self._constraints.append(z3.And(symbol >= _FIRST - _YEAR - DAY, symbol <= _LAST + DAY))
        return Primitive(kind, symbol)


def _attributes_of(context: RecordType | None) -> RecordType | None:
    kind = None if context is None else context.attributes.get("attributes", (None, False))[0]
    return kind if isinstance(kind, RecordType) else None


def _fits(value: RecordValue, kind: RecordType) -> Any:
    """Under which guard a record has what its type needs, and nothing that it does not name."""
    found: list[Any] = []
    for name, (there, inner) in value.attributes.items():
        if name not in kind.attributes:
            found.append(negated(there))
            continue
        wanted, needed = kind.attributes[name]
        if needed:
            found.append(there)
        if isinstance(inner, RecordValue) and isinstance(wanted, RecordType):
            found.append(either((negated(there), _fits(inner, wanted))))
    absent = [
        name for name, (_, needed) in kind.attributes.items() if needed and name not in value.attributes
    ]
    return NO if absent else both(*found)


def _holds(model: Any, guard: Any) -> bool:
    return is_yes(model.eval(guard, model_completion=True))


def _number_of(model: Any, term: Any) -> int:
    return int(model.eval(term, model_completion=True).as_long())


def _text_of(model: Any, term: Any) -> str:
    return text_of(model.eval(term, model_completion=True))


def text_of(literal: Any) -> str:
    """The text of a literal of the solver, which prints what is not ASCII as `\\u{...}`."""
    parts: list[str] = []
    rest = literal.as_string()
    while rest:
        if rest.startswith("\\u{"):
            code, _, rest = rest[3:].partition("}")
            parts.append(chr(int(code, 16)))
        else:
            parts.append(rest[0])
            rest = rest[1:]
    found = "".join(parts)
    if any("\ud800" <= character <= "\udfff" for character in found):
        raise NotUnderstoodError("a text that is not Unicode")
    return found


def _json_of(model: Any, value: Value, terms: Sequence[Any]) -> Any:
    match value:
        case RecordValue():
            return {
                name: _json_of(model, inner, terms)
                for name, (there, inner) in value.attributes.items()
                if _holds(model, there)
            }
        case Primitive(kind="bool"):
            return _holds(model, value.term)
        case Primitive(kind="string"):
            return _text_of(model, value.term)
        case Primitive():
            return _shown(value.kind, _number_of(model, value.term))
        case SetField():
            return [_element(each) for each in _elements(model, value, terms)]
        case _:
            raise NotUnderstoodError("an input that has no JSON")


def _shown(kind: str, number: int) -> int | str:
    try:
        match kind:
            case "datetime":
                return show_datetime(number)
            case "duration":
                return show_duration(number)
            case "decimal":
                return show_decimal(number)
            case _:
                return number
    except OverflowError as error:
        raise NotUnderstoodError("a time outside the calendar") from error


def _elements(model: Any, field: SetField, terms: Sequence[Any]) -> Iterator[Any]:
    """The elements of a set in a model.

    The solver's sets may have no end. Of such a set, those elements are taken that the formula or the model
    name: whether they are enough shows when the input is asked.
    """
    sort = sort_of(field.element)
    values = [model.eval(field.term, model_completion=True)]
    values += [model.eval(each(), model_completion=True) for each in model.decls() if each.arity() == 0]
    named = [part for value in (*values, *terms) for part in _parts_of(value)]
    seen = {part.get_id(): part for part in named if part.sort() == sort and _is_literal(part)}
    for literal in seen.values():
        if _holds(model, z3.IsMember(literal, field.term)):
            yield literal


def _parts_of(term: Any) -> Iterator[Any]:
    """Every part of a formula, each once, but for those with a bound variable."""
    pending, seen = [term], set[int]()
    while pending:
        each = pending.pop()
        if not z3.is_app(each) or each.get_id() in seen:
            continue
        seen.add(each.get_id())
        yield each
        pending += each.children()


def _is_literal(term: Any) -> bool:
    return bool(z3.is_string_value(term) or z3.is_int_value(term) or is_yes(term) or is_no(term))


def _element(term: Any) -> bool | int | str:
    if z3.is_string_value(term):
        return text_of(term)
    if z3.is_int_value(term):
        return int(term.as_long())
    return is_yes(term)
