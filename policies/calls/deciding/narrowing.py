"""Narrows rules to those that a question needs, and the context to the attributes that they read.

Cedar looks at a policy's scope before its conditions, so a policy whose scope names another resource can
neither apply nor fail. An attribute of the context that no policy reads decides nothing.

It looks at tokens, since a parsed condition could be too deep to walk. A rule that is not certain to be
narrow counts as wide: about any resource, reading all of the context.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cedarpy

from policies.calls.language.errors import PolicyError
from policies.calls.language.text import split_policies
from policies.calls.language.values import SourceText
from policies.calls.versions.documents import Rule
from policies.calls.versions.errors import RulesError

AttributeNames = frozenset[str] | None
"""Names of attributes of the context; None where it may be any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedRule:
    """A rule with the service that its scope names as the resource, and the attributes that it reads.

    `target` is None where the rule may be about any service.
    """

    rule: Rule
    target: str | None
    reads: AttributeNames


def scope_rules(rules: Iterable[Rule]) -> tuple[ScopedRule, ...]:
    """Check each rule against the limits of `language.text`, parse it, and find its scope. Raises RulesError.

    Rules were checked when they were published. They are checked again, since with write access to the table
    one deeply nested policy would be enough to end this process.
    """
    found = tuple(_scope_rule(rule) for rule in rules)
    parse_rules(each.rule for each in found)
    return found


def parse_rules(rules: Iterable[Rule]) -> cedarpy.PolicySet:
    """Cedar's handle of rules that passed the limits, numbered in this order. Raises RulesError."""
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
    """The attributes of the context that these rules read."""
    names: set[str] = set()
    for each in rules:
        if each.reads is None:
            return None
        names |= each.reads
    return frozenset(names)


def _scope_rule(rule: Rule) -> ScopedRule:
    try:
        statements = split_policies(SourceText(path=Path(rule.id), text=rule.text, generated=True))
    except PolicyError as error:
        raise RulesError(
            f"the published policy `{rule.id}` is refused: {error.message}", hint="publish it again"
        ) from error
    if len(statements) != 1:
        raise RulesError("a published rule is not exactly one policy", hint="publish them again")
    words = tuple(token.text for token in statements[0].tokens)
    return ScopedRule(rule=rule, target=_resource(words), reads=_attributes_read(words))


def _resource(words: Sequence[str]) -> str | None:
    """The name in a scope that ends with `resource == Service::"name"`, else None.

    `in` means the same here, since services have no parents.
    """
    starts = (
        index
        for index, word in enumerate(words)
        # an annotation may have this name, too
        if word in ("permit", "forbid") and (index == 0 or words[index - 1] != "@")
    )
    scope = words[next(starts, len(words)) :]
    end = scope.index(")") if ")" in scope else 0
    match scope[:end][-6:]:
        case [",", "resource", "==" | "in", "Service", "::", name] if _is_unescaped(name):
            return name[1:-1]
        case _:
            return None


def _attributes_read(words: Sequence[str]) -> AttributeNames:
    """The names right after each `context`; None if one of them is not certain."""
    names: set[str] = set()
    for index, word in enumerate(words):
        if word != "context":
            continue
        match words[index + 1 : index + 4]:
            case [".", name, after] if after != "(":
                names.add(name)
            case ["has", name, _] if _is_unescaped(name):
                names.add(name[1:-1])
            case ["has", name, _] if name.isidentifier():
                names.add(name)
            case ["[", name, "]"] if _is_unescaped(name):
                names.add(name[1:-1])
            case _:
                return None
    return frozenset(names)


def _is_unescaped(literal: str) -> bool:
    """Whether it is a string literal without escapes."""
    return literal.startswith('"') and "\\" not in literal
