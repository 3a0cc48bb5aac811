"""Rules of composite alarms: `ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA("c"))`. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
NOT binds closest, then AND, then OR. An alarm is named plain, in quotes, or by its ARN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.cloud.alarms.definitions import AlarmState

_TOKEN = re.compile(
    r"""\s*(?:(?P<function>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>[^"]+)"|(?P<plain>[^\s")]+))\s*\)"""
    r"""|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<bracket>[()]))""",
    re.IGNORECASE,
)
MAX_LENGTH = 10_240
MAX_CHILDREN = 100
_MAX_DEPTH = 50

States = Mapping[str, AlarmState]
_Test = Callable[[States], bool]


class RuleError(ValueError):
    """A rule that cannot be read, or that names no alarm."""


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A parsed rule; `children` are the alarms that it names, in order."""

    children: tuple[str, ...]
    _test: _Test

    def holds(self, states: States) -> bool:
        """Whether it is true; an alarm that there is not is in no state."""
        return self._test(states)


def parse_rule(text: str) -> AlarmRule:
    """Parse a rule; raises RuleError."""
    if len(text) > MAX_LENGTH:
        raise RuleError(f"a rule has at most {MAX_LENGTH} characters")
    parser = _Parser(_tokens(text))
    test = parser.either(0)
    if not parser.ended:
        raise RuleError(f"the rule ends before `{parser.rest}`: {text}")
    children = tuple(dict.fromkeys(parser.children))
    if len(children) > MAX_CHILDREN:
        raise RuleError(f"a rule names at most {MAX_CHILDREN} alarms, not {len(children)}")
    return AlarmRule(children, test)


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise RuleError(f"the rule cannot be read from `{text[position:].strip()[:40]}`")
        position = match.end()
        if match["function"]:
            name = match["quoted"] or match["plain"]
            found.append((match["function"].upper(), name.partition(":alarm:")[2] or name))
        else:
            found.append(((match["word"] or match["bracket"]).upper(), ""))
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._next = 0
        self.children: list[str] = []

    @property
    def ended(self) -> bool:
        return self._next == len(self._tokens)

    @property
    def rest(self) -> str:
        return self._tokens[self._next][0]

    def either(self, depth: int) -> _Test:
        tests = [self._both(depth)]
        while self._take("OR"):
            tests.append(self._both(depth))
        return lambda states: any(test(states) for test in tests)

    def _both(self, depth: int) -> _Test:
        tests = [self._term(depth)]
        while self._take("AND"):
            tests.append(self._term(depth))
        return lambda states: all(test(states) for test in tests)

    def _term(self, depth: int) -> _Test:
        if depth > _MAX_DEPTH:
            raise RuleError("the rule is nested too deeply")
        if self.ended:
            raise RuleError("the rule ends where a term is expected")
        kind, name = self._tokens[self._next]
        self._next += 1
        match kind:
            case "NOT":
                negated = self._term(depth + 1)
                return lambda states: not negated(states)
            case "(":
                inner = self.either(depth + 1)
                if not self._take(")"):
                    raise RuleError("a bracket of the rule is not closed")
                return inner
            case "TRUE" | "FALSE":
                return lambda _: kind == "TRUE"
            case "ALARM" | "OK" | "INSUFFICIENT_DATA":
                self.children.append(name)
                wanted = AlarmState(kind)
                return lambda states: states.get(name) is wanted
        raise RuleError(f"the rule has `{kind}` where a term is expected")

    def _take(self, kind: str) -> bool:
        if not self.ended and self._tokens[self._next][0] == kind:
            self._next += 1
            return True
        return False
