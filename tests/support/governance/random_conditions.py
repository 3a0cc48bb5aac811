"""Random conditions of every construct of Cedar, over a context with attributes of each type; and inputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

SCHEMA = """
entity Service;
type Inner = {flag: Bool, "odd name"?: String};
type Attributes = {
  name?: String, size?: Long, count?: Long, flag?: Bool, tags?: Set<String>, sizes?: Set<Long>,
  more?: Set<Long>, when?: datetime, span?: duration, price?: decimal, place?: ipaddr, inner?: Inner
};
type Context = {environment: String, time: datetime, proven: Bool, tenant?: String, attributes?: Attributes};
action "change";
action "reason", "erase" in ["change"] appliesTo {principal: Service, resource: Service, context: Context};
"""
T = TypeVar("T")
ENVIRONMENTS = ("dev", "prod")
TEXTS = ("", "a", "dev", "prod", "acme-1", 'é*\\"', "\u4e2d\n")
LONGS = (0, 1, -1, 2, 7, 10, 2**63 - 1, -(2**63))
TIMES = (
    "2026-11-22T09:30:00.000Z",
    "2026-11-22T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "2000-02-29T12:00:00.000Z",
)
SPANS = ("0ms", "9h30m", "-25h", "1d2h3m4s5ms", "1ms", "9223372036854775807ms", "-9223372036854775808ms")
COUNTS = ("toHours", "toDays", "toMilliseconds", "toMinutes", "toSeconds")
DECIMALS = ("0.0", "1.5", "-1.0001", "922337203685477.5807")


class Conditions:
    """Builds conditions as text, by type. Every choice is as likely: what hypothesis draws stays small."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def one(self, *makers: Callable[[int], str]) -> Callable[[int], str]:
        return self._random.choice(makers)

    def pick(self, options: tuple[T, ...]) -> T:
        return self._random.choice(options)

    def boolean(self, depth: int = 3) -> str:
        compare = self.pick(("<", "<=", ">", ">=", "==", "!="))
        leaves: tuple[Callable[[int], str], ...] = (
            lambda _: self.pick(("true", "false")),
            lambda _: (
                "context has " + self.pick(("tenant", "attributes", "attributes.size", "absent", '"time"'))
            ),
            lambda _: (
                "context.attributes has "
                + self.pick(
                    (
                        "name",
                        "size",
                        "flag",
                        "tags",
                        "inner",
                        "inner.flag",
                        "inner.nowhere",
                        "nowhere",
                        "price",
                    )
                )
            ),
            lambda _: self.pick(
                ("context.proven", "context.attributes.flag", "context.attributes.inner.flag")
            ),
            lambda d: f"{self.text(d)} {self.pick(('==', '!='))} {self.text(d)}",
            lambda d: f"{self.text(d)} like {self.pattern()}",
            lambda d: f"{self.long(d)} {compare} {self.long(d)}",
            lambda d: f"{self.time(d)} {compare} {self.time(d)}",
            lambda d: f"{self.span(d)} {compare} {self.span(d)}",
            lambda d: f"{self.decimal()}.{self.pick(('lessThan', 'greaterThanOrEqual'))}({self.decimal()})",
            lambda d: f"{self.texts(d)}.contains({self.text(d)})",
            lambda d: f"{self.longs(d)}.contains({self.long(d)})",
            lambda d: f"{self.texts(d)}.{self.pick(('containsAll', 'containsAny'))}({self.texts(d)})",
            lambda d: f"{self.longs(d)}.{self.pick(('containsAll', 'containsAny'))}({self.longs(d)})",
            lambda d: f"{self.pick((self.longs, self.texts))(d)}.isEmpty()",
            lambda d: f"{self.longs(d)} {self.pick(('==', '!='))} {self.longs(d)}",
            lambda d: f"{self.record(d)} {self.pick(('==', '!='))} {self.record(d)}",
            lambda d: f"{self.entity()} {self.pick(('==', '!=', 'in'))} {self.entity()}",
            lambda d: f"{self.entity()} in [{self.entity()}, {self.entity()}]",
            lambda d: f"{self.entity()} is {self.pick(('Service', 'Action', 'Service in ' + self.entity()))}",
        )
        odd: tuple[Callable[[int], str], ...] = (
            lambda d: f"{self.anything(d)} {self.pick(('==', '<', 'in'))} {self.anything(d)}",
            self.anything,
            lambda d: f"{self.anything(d)} has name",
        )
        deep: tuple[Callable[[int], str], ...] = (
            lambda d: f"({self.boolean(d)} && {self.boolean(d)})",
            lambda d: f"({self.boolean(d)} || {self.boolean(d)})",
            lambda d: f"!({self.boolean(d)})",
            lambda d: f"(if {self.boolean(d)} then {self.boolean(d)} else {self.boolean(d)})",
            lambda d: f"(context has attributes && {self.boolean(d)})",
        )
        chosen = (*leaves, *odd) if depth <= 0 else (*leaves, *deep, *deep, *deep)
        return f"({self.one(*chosen)(depth - 1)})"

    def text(self, depth: int) -> str:
        return self.one(
            lambda _: self.literal(self.pick(TEXTS)),
            lambda _: self.pick(("context.tenant", "context.environment", "context.attributes.name")),
            lambda d: (
                f"(if {self.boolean(d)} then {self.text(d)} else {self.text(d)})"
                if d > 0
                else 'context.attributes.inner["odd name"]'
            ),
            lambda d: f'{{"k": {self.text(d - 1)}}}.k' if d > 0 else "context.tenant",
        )(depth - 1)

    def literal(self, text: str) -> str:
        return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\u{{{ord(c):x}}}" for c in text) + '"'

    def pattern(self) -> str:
        parts = ("*", "a", "d", "\\u{e9}", "\\*", "pro")
        return '"' + "".join(self.pick(parts) for _ in range(self._random.randint(0, 3))) + '"'

    def long(self, depth: int) -> str:
        if depth <= 0:
            return self.one(
                lambda _: f"({self.pick(LONGS[:-1])})",
                lambda _: "context.attributes." + self.pick(("size", "count")),
            )(0)
        return self.one(
            lambda d: self.long(0),
            lambda d: f"({self.long(d)} {self.pick(('+', '-', '*'))} {self.long(0)})",
            lambda d: f"(-{self.long(d)})",
            lambda d: f"{self.span(d)}.{self.pick(COUNTS)}()",
        )(depth - 1)

    def time(self, depth: int) -> str:
        return self.one(
            lambda _: f'datetime("{self.pick((*TIMES, "2026-11-22", "2026-11-22T09:30:00+0100", "soon"))}")',
            lambda _: "context.time",
            lambda _: "context.attributes.when",
            lambda d: f"{self.time(d)}.toDate()" if d > 0 else "context.time",
            lambda d: f"{self.time(d)}.offset({self.span(d)})" if d > 0 else "context.time",
        )(depth - 1)

    def span(self, depth: int) -> str:
        return self.one(
            lambda _: f'duration("{self.pick(SPANS)}")',
            lambda _: "context.attributes.span",
            lambda d: f"{self.time(d)}.toTime()",
            lambda d: f"{self.time(d)}.durationSince({self.time(d)})",
        )(depth - 1)

    def decimal(self) -> str:
        return self.pick((*(f'decimal("{text}")' for text in DECIMALS), "context.attributes.price"))

    def texts(self, depth: int) -> str:
        members = ", ".join(self.text(depth - 1) for _ in range(self._random.randint(0, 3)))
        return self.pick((f"[{members}]", "context.attributes.tags"))

    def longs(self, depth: int) -> str:
        members = ", ".join(self.long(0) for _ in range(self._random.randint(0, 3)))
        return self.pick((f"[{members}]", "context.attributes.sizes", "context.attributes.more"))

    def record(self, depth: int) -> str:
        return self.pick(
            (
                "context.attributes.inner",
                "context.attributes",
                "context",
                '{"flag": true}',
                f'{{"flag": {self.boolean(0)}, "odd name": {self.text(0)}}}',
                "{}",
                f'{{"size": {self.long(0)}}}',
            )
        )

    def entity(self) -> str:
        return self.pick(
            ("principal", "action", "resource", 'Service::"orbit"', 'Action::"change"', 'Action::"erase"')
        )

    def anything(self, depth: int) -> str:
        return self.pick((self.text, self.long, self.time, self.span, self.texts, self.longs, self.record))(
            depth
        )


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """A random condition."""
    return Conditions(Random(draw(st.integers(0, 2**64)))).boolean()


ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(TEXTS),
    "size": st.sampled_from(LONGS),
    "count": st.sampled_from(LONGS),
    "flag": st.booleans(),
    "tags": st.lists(st.sampled_from(TEXTS), max_size=3),
    "sizes": st.lists(st.sampled_from(LONGS), max_size=3),
    "more": st.lists(st.sampled_from(LONGS), max_size=3),
    "when": st.sampled_from(TIMES),
    "span": st.sampled_from(SPANS),
    "price": st.sampled_from(DECIMALS),
    "place": st.just("10.0.0.1"),
    "inner": st.fixed_dictionaries({"flag": st.booleans()}, optional={"odd name": st.sampled_from(TEXTS)}),
}


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """A random input: environment, time, tenant, what the caller says, and whether it is proven."""
    found: dict[str, Any] = {
        "environment": draw(st.sampled_from(ENVIRONMENTS)),
        "at": datetime.fromisoformat(draw(st.sampled_from(TIMES))).astimezone(UTC),
        "tenant": draw(st.sampled_from([None, "a", "acme-1", 'é*\\"'])),
    }
    found["proven"] = draw(st.booleans())
    few = st.sets(st.sampled_from(sorted(ATTRIBUTES)))
    names = draw(st.none() | few | few.map(lambda left_out: ATTRIBUTES.keys() - left_out))
    found["context"] = None if names is None else {name: draw(ATTRIBUTES[name]) for name in sorted(names)}
    return found


def policy_text(name: str, effect: str, condition: str) -> str:
    """A policy with this condition, about everything."""
    return (
        f'@id({json.dumps(name)}) @reason("r") {effect} (principal, action, resource) when {{ {condition} }};'
    )
