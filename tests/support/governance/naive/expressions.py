"""Cedar's expressions for the naive evaluator: each knows its own text and how to evaluate itself.

What operators do and when they fail: https://docs.cedarpolicy.com/policies/syntax-operators.html. Evaluation
is a walk of the tree, with nothing prepared and nothing left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tests.support.governance.naive.values import (
    EvaluationError,
    Request,
    Value,
    boolean,
    content,
    instant,
    long,
    record,
)


class Expression(Protocol):
    """A part of a condition."""

    def text(self) -> str:
        """In Cedar's own syntax."""

    def value(self, request: Request) -> Value:
        """What it evaluates to. Raises EvaluationError."""


@dataclass(frozen=True)
class Constant:
    """A constant."""

    is_: Value

    def text(self) -> str:
        kind, inside = self.is_
        if kind == "entity":
            return f"{inside[0]}::{json.dumps(inside[1])}"
        return json.dumps(inside, ensure_ascii=False)

    def value(self, request: Request) -> Value:
        return self.is_


@dataclass(frozen=True)
class Variable:
    """`principal`, `action`, `resource` or `context`."""

    name: Literal["principal", "action", "resource", "context"]

    def text(self) -> str:
        return self.name

    def value(self, request: Request) -> Value:
        found: Value = getattr(request, self.name)
        return found


@dataclass(frozen=True)
class SetOf:
    """`[a, b]`."""

    members: tuple[Expression, ...]

    def text(self) -> str:
        return f"[{', '.join(member.text() for member in self.members)}]"

    def value(self, request: Request) -> Value:
        return ("set", frozenset(member.value(request) for member in self.members))


@dataclass(frozen=True)
class RecordOf:
    """`{"a": b}`."""

    members: tuple[tuple[str, Expression], ...]

    def text(self) -> str:
        return "{" + ", ".join(f"{json.dumps(name)}: {part.text()}" for name, part in self.members) + "}"

    def value(self, request: Request) -> Value:
        return record({name: part.value(request) for name, part in self.members})


@dataclass(frozen=True)
class Attribute:
    """`a.name`; no entity here has attributes."""

    of: Expression
    name: str

    def text(self) -> str:
        return f"({self.of.text()}).{self.name}"

    def value(self, request: Request) -> Value:
        members = dict(_members(self.of.value(request)))
        if self.name not in members:
            raise EvaluationError(f"no attribute {self.name}")
        return members[self.name]


@dataclass(frozen=True)
class Has:
    """`a has name`."""

    of: Expression
    name: str

    def text(self) -> str:
        return f"(({self.of.text()}) has {self.name})"

    def value(self, request: Request) -> Value:
        return boolean(self.name in dict(_members(self.of.value(request))))


def _members(value: Value) -> frozenset[tuple[str, Value]]:
    if value[0] == "entity":
        return frozenset()
    found: frozenset[tuple[str, Value]] = content(value, "record")
    return found


@dataclass(frozen=True)
class Not:
    """`!a`."""

    of: Expression

    def text(self) -> str:
        return f"(!({self.of.text()}))"

    def value(self, request: Request) -> Value:
        return boolean(not content(self.of.value(request), "bool"))


@dataclass(frozen=True)
class Negative:
    """`-a`."""

    of: Expression

    def text(self) -> str:
        return f"(-({self.of.text()}))"

    def value(self, request: Request) -> Value:
        return long(-content(self.of.value(request), "long"))


@dataclass(frozen=True)
class Both:
    """`a && b` or `a || b`: the second is looked at only if the first leaves it open."""

    sign: Literal["&&", "||"]
    left: Expression
    right: Expression

    def text(self) -> str:
        return f"(({self.left.text()}) {self.sign} ({self.right.text()}))"

    def value(self, request: Request) -> Value:
        if content(self.left.value(request), "bool") is (self.sign == "||"):
            return boolean(self.sign == "||")
        return boolean(content(self.right.value(request), "bool"))


@dataclass(frozen=True)
class If:
    """`if a then b else c`: only one of the two is looked at."""

    condition: Expression
    yes: Expression
    no: Expression

    def text(self) -> str:
        return f"(if {self.condition.text()} then {self.yes.text()} else {self.no.text()})"

    def value(self, request: Request) -> Value:
        return (self.yes if content(self.condition.value(request), "bool") else self.no).value(request)


@dataclass(frozen=True)
class Operation:
    """A binary operator: both sides are evaluated."""

    left: Expression
    sign: str
    right: Expression

    def text(self) -> str:
        return f"(({self.left.text()}) {self.sign} ({self.right.text()}))"

    def value(self, request: Request) -> Value:
        return _OPERATORS[self.sign](self.left.value(request), self.right.value(request))


def _ordered(left: Value, right: Value, compare: Callable[[int, int], bool]) -> Value:
    if left[0] not in ("long", "datetime", "duration"):
        raise EvaluationError(f"{left[0]} has no order")
    return boolean(compare(left[1], content(right, left[0])))


def _in(left: Value, right: Value) -> Value:
    """No entity here has parents, so each is in itself alone."""
    content(left, "entity")
    if right[0] == "set":
        for member in right[1]:
            content(member, "entity")
        return boolean(left in right[1])
    content(right, "entity")
    return boolean(left == right)


_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "==": lambda left, right: boolean(left == right),
    "!=": lambda left, right: boolean(left != right),
    "<": lambda left, right: _ordered(left, right, lambda one, other: one < other),
    "<=": lambda left, right: _ordered(left, right, lambda one, other: one <= other),
    ">": lambda left, right: _ordered(left, right, lambda one, other: one > other),
    ">=": lambda left, right: _ordered(left, right, lambda one, other: one >= other),
    "+": lambda left, right: long(content(left, "long") + content(right, "long")),
    "-": lambda left, right: long(content(left, "long") - content(right, "long")),
    "*": lambda left, right: long(content(left, "long") * content(right, "long")),
    "in": _in,
}


@dataclass(frozen=True)
class Is:
    """`a is Type`."""

    of: Expression
    kind: str

    def text(self) -> str:
        return f"(({self.of.text()}) is {self.kind})"

    def value(self, request: Request) -> Value:
        return boolean(content(self.of.value(request), "entity")[0] == self.kind)


@dataclass(frozen=True)
class Like:
    """`a like "pattern"`: None stands for a `*` that matches anything."""

    of: Expression
    pattern: tuple[str | None, ...]

    def text(self) -> str:
        parts = (
            "*" if part is None else json.dumps(part, ensure_ascii=False)[1:-1].replace("*", r"\*")
            for part in self.pattern
        )
        return f'(({self.of.text()}) like "{"".join(parts)}")'

    def value(self, request: Request) -> Value:
        expression = "".join(".*" if part is None else re.escape(part) for part in self.pattern)
        found = re.fullmatch(expression, content(self.of.value(request), "string"), flags=re.DOTALL)
        return boolean(found is not None)


@dataclass(frozen=True)
class Call:
    """A method: `a.contains(b)` and the like."""

    of: Expression
    method: str
    arguments: tuple[Expression, ...] = ()

    def text(self) -> str:
        given = ", ".join(argument.text() for argument in self.arguments)
        return f"({self.of.text()}).{self.method}({given})"

    def value(self, request: Request) -> Value:
        of = self.of.value(request)
        return _METHODS[self.method](of, *(argument.value(request) for argument in self.arguments))


_DAY = 86_400_000


def _duration(milliseconds: int) -> Value:
    return ("duration", content(long(milliseconds), "long"))


_METHODS: dict[str, Callable[..., Value]] = {
    "contains": lambda of, item: boolean(item in content(of, "set")),
    "containsAll": lambda of, items: boolean(content(items, "set") <= content(of, "set")),
    "containsAny": lambda of, items: boolean(bool(content(items, "set") & content(of, "set"))),
    "isEmpty": lambda of: boolean(not content(of, "set")),
    "offset": lambda of, by: (
        "datetime",
        content(long(content(of, "datetime") + content(by, "duration")), "long"),
    ),
    "durationSince": lambda of, other: _duration(content(of, "datetime") - content(other, "datetime")),
    "toTime": lambda of: _duration(content(of, "datetime") % _DAY),
    "toDate": lambda of: ("datetime", content(of, "datetime") // _DAY * _DAY),
    "toHours": lambda of: long(int(content(of, "duration") / 3_600_000)),
}


@dataclass(frozen=True)
class Moment:
    """`datetime("...")`; `iso` is None for one that is malformed."""

    iso: str | None

    def text(self) -> str:
        return f'datetime("{self.iso or "soon"}")'

    def value(self, request: Request) -> Value:
        if self.iso is None:
            raise EvaluationError("malformed datetime")
        return instant(datetime.fromisoformat(self.iso))


@dataclass(frozen=True)
class Duration:
    """`duration("5h")`."""

    hours: int

    def text(self) -> str:
        return f'duration("{self.hours}h")'

    def value(self, request: Request) -> Value:
        return ("duration", self.hours * 3_600_000)
