"""Puts a condition of Cedar to the solver: from Cedar's JSON of an expression to an outcome.

The meaning of each operator, and when it fails: https://docs.cedarpolicy.com/policies/syntax-operators.html.
A shape that is not understood raises NotUnderstoodError; nothing is left out or guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import z3

from policies.calls.proving.literals import (
    DAY,
    LONG,
    is_malformed,
    parse_datetime,
    parse_decimal,
    parse_duration,
)
from policies.calls.proving.not_understood import NotUnderstoodError
from policies.calls.proving.values import (
    NO,
    YES,
    Entity,
    Outcome,
    Primitive,
    PrimitiveKind,
    RecordValue,
    SetField,
    SetOf,
    Value,
    boolean,
    both,
    combined,
    contains,
    contains_all,
    contains_any,
    either,
    equal,
    is_empty,
    merged,
    negated,
    text_term,
)

FAILS: Outcome = ()
_ORDERED = frozenset({"long", "datetime", "duration"})
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_DECIMAL = {"lessThan": "<", "lessThanOrEqual": "<=", "greaterThan": ">", "greaterThanOrEqual": ">="}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
}
_SETS = {"containsAll": contains_all, "containsAny": contains_any}
_SPANS = {"toMilliseconds": 1, "toSeconds": 1000, "toMinutes": 60_000, "toHours": 3_600_000, "toDays": DAY}
_LITERALS: dict[str, tuple[PrimitiveKind, Callable[[str], int]]] = {
    "datetime": ("datetime", parse_datetime),
    "duration": ("duration", parse_duration),
    "decimal": ("decimal", parse_decimal),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the variables of a condition stand for; `groups` are those that the action is in."""

    principal: Entity
    action: Entity
    resource: Entity
    context: RecordValue
    groups: frozenset[str]

    def is_in(self, one: Entity, other: Entity) -> bool:
        """Whether an entity is another or in it: only an action has groups, and only that asked about."""
        return one == other or (
            one == self.action and other.type == self.action.type and other.id in self.groups
        )


class Encoder:
    """Puts expressions to the solver, for one question."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def condition(self, node: Mapping[str, Any]) -> tuple[Any, Any]:
        """Under which guards a condition can be evaluated, and is true; false where it can not be."""
        return self._truth(self.outcome(node))

    def outcome(self, node: Mapping[str, Any]) -> Outcome:
        """What an expression evaluates to. Raises NotUnderstoodError."""
        [(kind, inside)] = node.items()
        match kind:
            case "Value":
                return [(YES, self._constant(inside))]
            case "Var":
                found: Value = getattr(self._around, inside)
                return [(YES, found)]
            case "&&" | "||":
                return self._chain(kind, node)
            case "if-then-else":
                return self._choice(inside)
            case "Set" | "Record":
                return self._written_out(kind, inside)
            case "." | "has" | "like" | "is":
                return self._of_left(kind, inside)
            case "!" | "neg" | "isEmpty":
                return combined([self.outcome(inside["arg"])], lambda of: _unary(kind, of))
            case _ if isinstance(inside, list):
                return self._call(kind, inside)
            case _ if not isinstance(inside, dict) or inside.keys() != {"left", "right"}:
                raise NotUnderstoodError(f"`{kind}`")
            case _:
                return combined(
                    [self.outcome(inside["left"]), self.outcome(inside["right"])],
                    lambda left, right: self._binary(kind, left, right),
                )

    def _written_out(self, kind: str, inside: Any) -> Outcome:
        """A set or a record with its elements."""
        if kind == "Set":
            return combined([self.outcome(each) for each in inside], lambda *of: [(YES, SetOf(of))])
        return combined(
            [self.outcome(each) for each in inside.values()],
            lambda *of: [
                (YES, RecordValue({name: (YES, value) for name, value in zip(inside, of, strict=True)}))
            ],
        )

    def _constant(self, value: Any) -> Value:
        match value:
            case bool():
                return boolean(z3.BoolVal(value))
            case int():
                return Primitive("long", z3.IntVal(value))
            case str():
                return Primitive("string", text_term(value))
            case {"__entity": {"type": str() as kind, "id": str() as name}}:
                return Entity(kind, name)
            case _:
                raise NotUnderstoodError("a literal of an unknown kind")

    def _truth(self, outcome: Outcome) -> tuple[Any, Any]:
        """Under which guards an outcome is a truth value, and true."""
        for guard, value in outcome:
            if isinstance(value, Primitive) and value.kind == "bool":
                return guard, both(guard, z3.simplify(value.term))
        return NO, NO

    def _chain(self, kind: str, node: Mapping[str, Any]) -> Outcome:
        """`a && b && ...` or `a || b || ...`: each is looked at only if those before leave it open."""
        parts: list[Mapping[str, Any]] = []
        while kind in node:
            parts.append(node[kind]["right"])
            node = node[kind]["left"]
        parts.append(node)
        right_known, right_true = self._truth(self.outcome(parts[0]))
        for part in parts[1:]:
            known, true = self._truth(self.outcome(part))
            if kind == "&&":
                right_known = both(known, either((negated(true), right_known)))
                right_true = both(true, right_true)
            else:
                right_known = both(known, either((true, right_known)))
                right_true = both(right_known, either((true, right_true)))
        return [(right_known, boolean(right_true))]

    def _choice(self, inside: Mapping[str, Any]) -> Outcome:
        known, true = self._truth(self.outcome(inside["if"]))
        chosen = [(both(known, true, guard), value) for guard, value in self.outcome(inside["then"])]
        chosen += [
            (both(known, negated(true), guard), value) for guard, value in self.outcome(inside["else"])
        ]
        return merged(chosen)

    def _of_left(self, kind: str, inside: Mapping[str, Any]) -> Outcome:
        left = self.outcome(inside["left"])
        match kind:
            case ".":
                return combined([left], lambda of: _attribute(of, inside["attr"]))
            case "has":
                return combined([left], lambda of: _has(of, inside["attr"]))
            case "like":
                return combined([left], lambda of: _like(of, inside["pattern"]))
            case _:
                within = inside.get("in")
                is_type = combined([left], lambda of: _is(of, inside["entity_type"]))
                if within is None:
                    return is_type
                known, true = self._truth(is_type)
                contained = combined(
                    [left, self.outcome(within)], lambda one, other: self._binary("in", one, other)
                )
                there, holds = self._truth(contained)
                return [(both(known, either((negated(true), there))), boolean(both(true, holds)))]

    def _binary(self, kind: str, left: Value, right: Value) -> Outcome:
        if kind in ("==", "!="):
            same = equal(left, right)
            return [(YES, boolean(same if kind == "==" else negated(same)))]
        match left, right:
            case Entity(), Entity() | SetOf() if kind == "in":
                return self._in(left, right)
            case ((SetOf() | SetField()), _) if kind == "contains":
                return [(YES, boolean(contains(left, right)))]
            case ((SetOf() | SetField()), (SetOf() | SetField())) if kind in _SETS:
                return [(YES, boolean(_SETS[kind](left, right)))]
            case Primitive(), Primitive() if kind in _COMPARE:
                ordered = left.kind == right.kind and left.kind in _ORDERED
                return [(YES, boolean(_COMPARE[kind](left.term, right.term)))] if ordered else FAILS
            case Primitive(kind="long"), Primitive(kind="long") if kind in _ARITHMETIC:
                return _whole(_ARITHMETIC[kind](left.term, right.term), "long")
            case _ if kind in (*_COMPARE, *_ARITHMETIC, *_SETS, "in", "contains"):
                return FAILS
            case _:
                raise NotUnderstoodError(f"`{kind}`")

    def _in(self, left: Entity, right: Entity | SetOf) -> Outcome:
        others = (right,) if isinstance(right, Entity) else right.elements
        if not all(isinstance(other, Entity) for other in others):
            return FAILS
        found = any(self._around.is_in(left, other) for other in cast("tuple[Entity, ...]", others))
        return [(YES, boolean(YES if found else NO))]

    def _call(self, name: str, arguments: list[Any]) -> Outcome:
        if name in _LITERALS:
            match arguments:
                case [{"Value": str() as text}]:
                    kind, parse = _LITERALS[name]
                    try:
                        return [(YES, Primitive(kind, z3.IntVal(parse(text))))]
                    except NotUnderstoodError:
                        if is_malformed(name, text):
                            return FAILS
                        raise
        given = [self.outcome(each) for each in arguments]
        match name, len(given):
            case ("toDate" | "toTime", 1):
                return combined(given, lambda of: _part_of_time(name, of))
            case (span, 1) if span in _SPANS:
                return combined(given, lambda of: _count(of, _SPANS[name]))
            case ("offset" | "durationSince", 2):
                return combined(given, lambda of, other: _moved(name, of, other))
            case (compare, 2) if compare in _DECIMAL:
                return combined(given, lambda left, right: _decimals(_DECIMAL[name], left, right))
            case _:
                raise NotUnderstoodError(f"`{name}`")


def _unary(kind: str, of: Value) -> Outcome:
    match kind, of:
        case "!", Primitive(kind="bool"):
            return [(YES, boolean(negated(z3.simplify(of.term))))]
        case "neg", Primitive(kind="long"):
            return _whole(-of.term, "long")
        case "isEmpty", SetOf() | SetField():
            return [(YES, boolean(is_empty(of)))]
        case _:
            return FAILS


def _attribute(of: Value, name: str) -> Outcome:
    # neither services nor actions have attributes
    return [of.attributes[name]] if isinstance(of, RecordValue) and name in of.attributes else FAILS


def _has(of: Value, name: str) -> Outcome:
    match of:
        case RecordValue():
            there = of.attributes[name][0] if name in of.attributes else NO
            return [(YES, boolean(there))]
        case Entity():
            return [(YES, boolean(NO))]
        case _:
            return FAILS


def _is(of: Value, kind: str) -> Outcome:
    return [(YES, boolean(YES if of.type == kind else NO))] if isinstance(of, Entity) else FAILS


def _like(of: Value, pattern: list[Any]) -> Outcome:
    if not isinstance(of, Primitive) or of.kind != "string":
        return FAILS
    anything = z3.Full(z3.ReSort(z3.StringSort()))
    parts = [anything if part == "Wildcard" else z3.Re(text_term(part["Literal"])) for part in pattern]
    if not parts:
        return [(YES, boolean(of.term == z3.StringVal("")))]
    return [(YES, boolean(z3.InRe(of.term, parts[0] if len(parts) == 1 else z3.Concat(*parts))))]


def _whole(term: Any, kind: PrimitiveKind) -> Outcome:
    """A number that fails where it does not fit into 64 bits."""
    term = z3.simplify(term)
    fits = z3.simplify(z3.And(term >= LONG.start, term < LONG.stop))
    return [(fits, Primitive(kind, term))]


def _part_of_time(name: str, of: Value) -> Outcome:
    if not isinstance(of, Primitive) or of.kind != "datetime":
        return FAILS
    # the solver's division rounds down for a positive divisor, as Cedar's does here
    return _whole(of.term % DAY, "duration") if name == "toTime" else _whole(of.term / DAY * DAY, "datetime")


def _count(of: Value, unit: int) -> Outcome:
    if not isinstance(of, Primitive) or of.kind != "duration":
        return FAILS
    return _whole(z3.If(of.term >= 0, of.term / unit, -((-of.term) / unit)), "long")


def _moved(name: str, of: Value, other: Value) -> Outcome:
    wanted = "duration" if name == "offset" else "datetime"
    if not (
        isinstance(of, Primitive)
        and of.kind == "datetime"
        and isinstance(other, Primitive)
        and other.kind == wanted
    ):
        return FAILS
    if name == "offset":
        return _whole(of.term + other.term, "datetime")
    return _whole(of.term - other.term, "duration")


def _decimals(sign: str, left: Value, right: Value) -> Outcome:
    if isinstance(left, Primitive) and isinstance(right, Primitive) and left.kind == right.kind == "decimal":
        return [(YES, boolean(_COMPARE[sign](left.term, right.term)))]
    return FAILS
