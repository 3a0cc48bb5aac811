"""What one question needs: the rules that may be about its target, and what they read of the context.

Cedar looks at a policy's scope before its conditions, so a policy whose scope names another resource can
neither apply nor fail. An attribute of the context that no policy reads decides nothing.

Works on tokens: a condition is never turned into a tree, which could be too deep to walk. Whatever is not
surely narrow counts as wide: about any resource, reading all of the context.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cedarpy

from policies.calls.language.errors import PolicyError
from policies.calls.language.text import CedarStatement, split
from policies.calls.language.values import SourceText
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError

AttributeNames = frozenset[str] | None
"""Names of attributes; None where it may be any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedRule:
    """A rule, the one service that its scope names as the resource, and what it reads of the context."""

    rule: Rule
    target: str | None
    reads: AttributeNames


def scope_rules(rules: Iterable[Rule]) -> tuple[ScopedRule, ...]:
    """Guard the rules, see that all of them parse, and look at each. Raises RulesError.

    What is published was guarded before. It is guarded again, because whoever can write to the store could
    otherwise end this process with one deeply nested policy.
    """
    found = tuple(_studied(rule) for rule in rules)
    parse_rules(each.rule for each in found)
    return found


def parse_rules(rules: Iterable[Rule]) -> cedarpy.PolicySet:
    """The handle of guarded rules, numbered in this order. Raises RulesError."""
    texts = [rule.text for rule in rules]
    try:
        handle = cedarpy.PolicySet.from_str("\n".join(texts))
    except ValueError as error:
        raise RulesError(
            f"the published policies do not parse: {error}", hint="publish them again"
        ) from error
    if len(handle) != len(texts):
        raise RulesError("a published rule is not exactly one policy", hint="publish them again")
    return handle


def rules_about(rules: Iterable[ScopedRule], target: str) -> tuple[ScopedRule, ...]:
    """The rules that may apply to this resource, or fail on it."""
    return tuple(each for each in rules if each.target is None or each.target == target)


def attributes_read(rules: Iterable[ScopedRule]) -> AttributeNames:
    """The attributes of the context that any of the rules reads."""
    names: set[str] = set()
    for each in rules:
        if each.reads is None:
            return None
        names |= each.reads
    return frozenset(names)


def _studied(rule: Rule) -> ScopedRule:
    try:
        statements = split(SourceText(path=Path(rule.id), text=rule.text, generated=True))
    except PolicyError as error:
        raise RulesError(
            f"the published policy `{rule.id}` is refused: {error.message}", hint="publish it again"
        ) from error
    if len(statements) != 1:
        raise RulesError("a published rule is not exactly one policy", hint="publish them again")
    words = _words(statements[0])
    return ScopedRule(rule=rule, target=_target(words), reads=_reads(words))


def _words(statement: CedarStatement) -> tuple[str, ...]:
    return tuple(token.text for token in statement.tokens)


def _target(words: Sequence[str]) -> str | None:
    """The name in a scope that ends with `resource == Service::"name"`.

    `in` means the same, as a service has no parents.
    """
    starts = (
        index
        for index, word in enumerate(words)
        # an annotation may be named so too
        if word in ("permit", "forbid") and (index == 0 or words[index - 1] != "@")
    )
    scope = words[next(starts, len(words)) :]
    end = scope.index(")") if ")" in scope else 0
    match scope[:end][-6:]:
        case [",", "resource", "==" | "in", "Service", "::", name] if _plain(name):
            return name[1:-1]
        case _:
            return None


def _reads(words: Sequence[str]) -> AttributeNames:
    """The attributes that stand right after each `context`."""
    names: set[str] = set()
    for index, word in enumerate(words):
        if word != "context":
            continue
        match words[index + 1 : index + 4]:
            case [".", name, after] if after != "(":
                names.add(name)
            case ["has", name, _] if _plain(name):
                names.add(name[1:-1])
            case ["has", name, _] if name.isidentifier():
                names.add(name)
            case ["[", name, "]"] if _plain(name):
                names.add(name[1:-1])
            case _:
                return None
    return frozenset(names)


def _plain(literal: str) -> bool:
    """Whether it is a string that stands for what it says."""
    return literal.startswith('"') and "\\" not in literal
