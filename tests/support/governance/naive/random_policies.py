"""Random policies and requests for the naive evaluator: mostly well typed, sometimes on purpose not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import product
from typing import Any, Literal, TypeVar

from hypothesis import strategies as st

from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.expressions import (
    Attribute,
    Both,
    Call,
    Constant,
    Duration,
    Expression,
    Has,
    If,
    Is,
    Like,
    Moment,
    Negative,
    Not,
    Operation,
    RecordOf,
    SetOf,
    Variable,
)
from tests.support.governance.naive.values import (
    FALSE,
    TRUE,
    Request,
    boolean,
    entity,
    instant,
    long,
    record,
    string,
)

SERVICES = ("axon", "ledger", "orbit")
INTENTS = ("erase", "reason")
TENANTS = ("a", "trial-é", 'q"\\*')
_LONGS = (0, 1, -1, 7, 2**63 - 1, -(2**63) + 1)
_MOMENTS = ("2026-11-22T09:30:00Z", "1969-12-31T23:00:00Z", "2026-11-22", None)
_CONTEXT = Variable("context")
_ATTRIBUTES = Attribute(_CONTEXT, "attributes")


_BELOW = tuple(st.integers(0, max(below, 1) - 1) for below in range(64))

T = TypeVar("T")


class Chooser:
    """Builds expressions by asking `draw` for small numbers, so that what fails is easily made smaller."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, below: int) -> int:
        return self._draw(_BELOW[below])

    def one(self, *things: T) -> T:
        return things[self.number(len(things))]

    def part(self, *parts: Expression) -> Expression:
        return self.one(*parts)

    def boolean(self, depth: int) -> Expression:
        """Something that should be true or false."""
        simple: list[Callable[[], Expression]] = [
            lambda: Constant(self.one(TRUE, FALSE)),
            lambda: Attribute(_CONTEXT, "proven"),
            lambda: Has(self.part(_CONTEXT, _CONTEXT, _ATTRIBUTES, self.thing()), self.name()),
            lambda: Operation(self.text_(), self.one("==", "!="), self.text_()),
            lambda: Like(self.text_(), self.pattern()),
            lambda: Operation(self.thing(), self.one("==", "!=", "in"), self.thing()),
            lambda: Operation(self.thing(), "in", self.set_(self.thing)),
            lambda: Is(self.thing(), self.one("Service", "Action", "Ghost")),
            lambda: Operation(self.whole(1), self.one("<", "<=", ">", ">=", "==", "!="), self.whole(1)),
            lambda: Operation(self.time(), self.one("<", "<=", ">", ">=", "=="), self.time()),
            lambda: Operation(self.span(), self.one("<", ">="), self.span()),
            lambda: Call(self.set_(self.text_), "contains", (self.text_(),)),
            lambda: Call(self.any_set(), self.one("containsAll", "containsAny"), (self.any_set(),)),
            lambda: Call(self.any_set(), "isEmpty"),
            lambda: Operation(self.anything(), self.one("==", "!="), self.anything()),
            self.anything,
        ]
        deep: list[Callable[[], Expression]] = [
            lambda: Both(self.one("&&", "||"), self.boolean(depth - 1), self.boolean(depth - 1)),
            lambda: Not(self.boolean(depth - 1)),
            lambda: If(self.boolean(depth - 1), self.boolean(depth - 1), self.boolean(depth - 1)),
            lambda: self.guarded(depth),
        ]
        choices = simple if depth <= 0 else [*deep, *deep, *simple]
        return choices[self.number(len(choices))]()

    def guarded(self, depth: int) -> Expression:
        """`context has tenant && ...`, as people write it."""
        name = self.one("tenant", "attributes")
        return Both("&&", Has(_CONTEXT, name), self.boolean(depth - 1))

    def name(self) -> str:
        return self.one("tenant", "attributes", "purpose", "size", "environment", "proven", "absent")

    def text_(self) -> Expression:
        return self.part(
            Constant(string(self.one("dev", *TENANTS, ""))),
            Attribute(_CONTEXT, "tenant"),
            Attribute(_CONTEXT, "environment"),
            Attribute(_ATTRIBUTES, "purpose"),
        )

    def pattern(self) -> tuple[str | None, ...]:
        parts = (None, "d", "e", "trial-", "*", '"', "é", "\\")
        return tuple(self.one(*parts) for _ in range(self.number(4)))

    def thing(self) -> Expression:
        return self.part(
            Variable("principal"),
            Variable("resource"),
            Variable("action"),
            Constant(entity("Service", self.one(*SERVICES, "ghost"))),
            Constant(entity("Action", self.one(*INTENTS))),
        )

    def whole(self, depth: int) -> Expression:
        if depth > 0 and self.number(3) == 0:
            return self.part(
                Operation(self.whole(depth - 1), self.one("+", "-", "*"), self.whole(depth - 1)),
                Negative(self.whole(depth - 1)),
                Call(self.span(), "toHours"),
            )
        return self.part(Constant(long(self.one(*_LONGS))), Attribute(_ATTRIBUTES, "size"))

    def time(self) -> Expression:
        now = Attribute(_CONTEXT, "time")
        return self.part(
            now, Moment(self.one(*_MOMENTS)), Call(now, "toDate"), Call(now, "offset", (self.span_literal(),))
        )

    def span_literal(self) -> Expression:
        return Duration(self.one(0, 9, 10, -25))

    def span(self) -> Expression:
        now = Attribute(_CONTEXT, "time")
        return self.part(
            self.span_literal(),
            Call(self.part(now, Moment(self.one(*_MOMENTS))), "toTime"),
            Call(now, "durationSince", (Moment(self.one(*_MOMENTS)),)),
        )

    def set_(self, make: Callable[[], Expression]) -> Expression:
        return SetOf(tuple(make() for _ in range(self.number(4))))

    def any_set(self) -> Expression:
        return self.set_(self.one(self.text_, self.thing, lambda: self.whole(0), self.anything))

    def anything(self) -> Expression:
        """Of any type, and so often of the wrong one."""
        return self.one(
            self.text_,
            self.thing,
            lambda: self.whole(1),
            self.time,
            self.span,
            lambda: Constant(TRUE),
            lambda: self.set_(self.text_),
            lambda: RecordOf((("a", self.text_()), ("b", self.whole(0)))),
            lambda: _CONTEXT,
            lambda: _ATTRIBUTES,
        )()

    def scope(self, variable: Literal["principal", "resource"]) -> tuple[str, Expression]:
        named = Constant(entity("Service", self.one(*SERVICES, "ghost")))
        subject = Variable(variable)
        kind = self.one("Service", "Service", "Ghost")
        scopes: tuple[tuple[str, Expression], ...] = (
            (variable, Constant(TRUE)),
            (f"{variable} == {named.text()}", Operation(subject, "==", named)),
            (f"{variable} == {named.text()}", Operation(subject, "==", named)),
            (f"{variable} in {named.text()}", Operation(subject, "in", named)),
            (f"{variable} is {kind}", Is(subject, kind)),
            (
                f"{variable} is {kind} in {named.text()}",
                Both("&&", Is(subject, kind), Operation(subject, "in", named)),
            ),
        )
        return self.one(*scopes)

    def action(self) -> tuple[str, Expression]:
        named = Constant(entity("Action", self.one(*INTENTS)))
        several = SetOf(tuple(Constant(entity("Action", name)) for name in INTENTS[: 1 + self.number(2)]))
        subject = Variable("action")
        scopes: tuple[tuple[str, Expression], ...] = (
            ("action", Constant(TRUE)),
            (f"action == {named.text()}", Operation(subject, "==", named)),
            (f"action == {named.text()}", Operation(subject, "==", named)),
            (f"action in {named.text()}", Operation(subject, "in", named)),
            (f"action in {several.text()}", Operation(subject, "in", several)),
        )
        return self.one(*scopes)


def policy(draw: st.DrawFn, name: str, effect: Literal["permit", "forbid"] | None = None) -> Policy:
    """One random policy with this id."""
    chooser = Chooser(draw)
    words: tuple[Literal["when", "unless"], ...] = ("when", "when", "unless")
    effects: tuple[Literal["permit", "forbid"], ...] = ("permit", "permit", "forbid")
    conditions = tuple((chooser.one(*words), chooser.boolean(2)) for _ in range(chooser.one(0, 0, 1, 1, 2)))
    return Policy(
        id=name,
        effect=chooser.one(*effects) if effect is None else effect,
        scope=(chooser.scope("principal"), chooser.action(), chooser.scope("resource")),
        conditions=conditions,
    )


@st.composite
def policy_sets(draw: st.DrawFn, most: int = 6) -> tuple[Policy, ...]:
    """A random set, with unique ids in no particular order."""
    return tuple(policy(draw, f"p{(index * 5) % 7}") for index in range(draw(st.integers(0, most))))


@st.composite
def forbids(draw: st.DrawFn) -> Policy:
    """A random forbid."""
    return policy(draw, "added", "forbid")


@st.composite
def permits(draw: st.DrawFn) -> Policy:
    """A random permit."""
    return policy(draw, "added", "permit")


def _contexts() -> tuple[dict[str, str | int] | None, ...]:
    """Half of them None, as such questions are asked in another way; else nothing, one member or both."""
    sizes: list[dict[str, str | int]] = [{"size": size} for size in _LONGS]
    both: list[dict[str, str | int]] = [{"purpose": "dev", **size} for size in sizes]
    purpose: dict[str, str | int] = {"purpose": "dev"}
    often = len(_LONGS)
    return (*(None,) * 4 * often, *(purpose,) * often, *sizes, *both, *({},) * often)


def _asked(
    parts: tuple[str, str, str, str | None, dict[str, str | int] | None, bool | None],
) -> dict[str, Any]:
    named = zip(("service", "intent", "target", "tenant", "context", "unproven"), parts, strict=True)
    return {name: part for name, part in named if part is not None}


_QUESTIONS = tuple(
    map(_asked, product(SERVICES, INTENTS, SERVICES, (None, *TENANTS), _contexts(), (None, True)))
)


def questions() -> st.SearchStrategy[dict[str, Any]]:
    """A question that the function can put to the policies: everything in it is declared."""
    return st.sampled_from(_QUESTIONS)


def request(question: dict[str, Any], *, environment: str, now: datetime) -> Request:
    """The question in Cedar's terms, as the documentation of the function says."""
    context = {
        "environment": string(environment),
        "time": instant(now),
        "proven": boolean(not question.get("unproven", False)),
    }
    if "tenant" in question:
        context["tenant"] = string(question["tenant"])
    if "context" in question:
        context["attributes"] = record(
            {
                name: string(value) if isinstance(value, str) else long(value)
                for name, value in question["context"].items()
            }
        )
    return Request(
        principal=entity("Service", question["service"]),
        action=entity("Action", question["intent"]),
        resource=entity("Service", question["target"]),
        context=record(context),
    )
