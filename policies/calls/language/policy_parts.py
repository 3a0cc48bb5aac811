"""Splits policies into their parts: the names in the scope, and the single terms of the conditions.

    permit (principal == Service::"orbit", action, resource)   principals {orbit}, the rest is open
    when { context has tenant && context.tenant == "acme" }    two terms that have to hold
    unless { context.environment == "prod" || ... };           terms of which none may hold

A policy applies when its scope matches, every term of `when` holds, and no term of `unless` does. The parts
are found in the tokens: a condition is never parsed into a tree, which could be too deep to walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from policies.calls.language.parsing import parse_heads
from policies.calls.language.text import CedarStatement, Token, quoted, split_policies, unescape
from policies.calls.language.values import Effect, SourceText

ClauseKind = Literal["when", "unless"]
"""Which clause of a policy a term stands in."""
ScopeNames = frozenset[str] | None
"""The names that a scope matches; None where it matches every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of a condition: an operand of `&&` in `when`, or of `||` in `unless`.

    It reaches from `start` to `end` in the policy's text. `words` are its tokens; terms with equal words mean
    the same.
    """

    kind: ClauseKind
    words: tuple[str, ...]
    text: str
    start: int
    end: int

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for terms that mean the same, also in different policies."""
        return (self.kind, *self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyParts:
    """The parts of one policy: its effect, the names in its scope, and the terms of its conditions.

    With `action_groups`, `actions` are groups, too: the scope has `in`, and matches what is in them.
    """

    effect: Effect
    principals: ScopeNames
    actions: ScopeNames
    resources: ScopeNames
    terms: tuple[Term, ...]
    action_groups: bool = False

    @property
    def keys(self) -> frozenset[tuple[str, ...]]:
        """The keys of all terms, regardless of their order."""
        return frozenset(term.key for term in self.terms)

    def reads(self, variable: str) -> bool:
        """Whether a condition reads this variable: `principal`, `action`, `resource` or `context`."""
        return any(variable in term.words for term in self.terms)


def read_parts(texts: Iterable[str]) -> tuple[PolicyParts, ...]:
    """The parts of each policy, in order. The texts have passed `check`, and hold one policy each."""
    statements = [_statement(text) for text in texts]
    return tuple(
        _parts_of_statement(statement, head)
        for statement, head in zip(statements, parse_heads(statements), strict=True)
    )


@lru_cache(maxsize=4096)
def parts_of(text: str) -> PolicyParts:
    """The parts of one policy, remembered by its text."""
    (parts,) = read_parts((text,))
    return parts


def _statement(text: str) -> CedarStatement:
    (statement,) = split_policies(SourceText(path=Path("policy"), text=text))
    return statement


def _parts_of_statement(statement: CedarStatement, fields: dict[str, Any]) -> PolicyParts:
    return PolicyParts(
        effect=fields["effect"],
        principals=_names(fields["principal"], "Service"),
        actions=_names(fields["action"], "Action"),
        resources=_names(fields["resource"], "Service"),
        terms=tuple(_terms(statement)),
        action_groups=fields["action"]["op"] == "in",
    )


def _names(scope: dict[str, Any], kind: str) -> ScopeNames:
    """The names that a scope matches, of entities of this kind: those of another kind match nothing here.

    `in` one service means that service: services have no parents.
    """
    if scope["op"] == "is" and scope["entity_type"] != kind:
        return frozenset()
    named = scope.get("in", scope)
    entities = named.get("entities", [named["entity"]] if "entity" in named else None)
    if entities is None:
        return None
    return frozenset(entity["id"] for entity in entities if entity["type"] == kind)


def _terms(statement: CedarStatement) -> Iterator[Term]:
    kind: ClauseKind | None = None
    depth = first = 0
    for index, token in enumerate(statement.tokens):
        if depth == 0 and kind is None and token.text in ("when", "unless") and _is_clause(statement, index):
            kind = "when" if token.text == "when" else "unless"
            first = index + 2
        depth += (token.text in "([{") - (token.text in ")]}")
        if kind is not None and depth == 0 and token.text == "}":
            base = statement.tokens[0].start
            for part in _split_terms(statement.tokens[first:index], "&&" if kind == "when" else "||"):
                start, end = part[0].start, part[-1].end
                yield Term(
                    kind=kind,
                    words=_plain_words(part),
                    text=statement.document.text[start:end],
                    start=start - base,
                    end=end - base,
                )
            kind = None


def _plain_words(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The texts of tokens; of a string literal one spelling for all of its escapes, but not of a pattern."""
    return tuple(
        quoted(unescape(token.text))
        if token.text.startswith('"') and not (index and tokens[index - 1].text == "like")
        else token.text
        for index, token in enumerate(tokens)
    )


def _is_clause(statement: CedarStatement, index: int) -> bool:
    """Whether this `when` or `unless` begins a clause; an annotation may have the same name."""
    following = statement.tokens[index + 1 : index + 2]
    return bool(following) and following[0].text == "{"


def _split_terms(tokens: Sequence[Token], operator: str) -> Iterator[Sequence[Token]]:
    """Split at an operator (`&&` or `||`) outside all brackets, where that does not change the meaning."""
    pending = [tokens]
    while pending:
        part = _without_parentheses(pending.pop())
        if not part:
            continue
        outer = _outside_brackets(part)
        words = {part[index].text for index in outer}
        # `if` reaches to the end, and `||` binds weaker than `&&`
        indivisible = "if" in words or (operator == "&&" and "||" in words)
        cuts = [] if indivisible else [index for index in outer if part[index].text == operator]
        if not cuts:
            yield part
            continue
        edges = [-1, *cuts, len(part)]
        pieces = [part[left + 1 : right] for left, right in pairwise(edges)]
        pending.extend(reversed(pieces))


def _outside_brackets(tokens: Sequence[Token]) -> list[int]:
    """The positions of the tokens outside every bracket."""
    depth = 0
    found: list[int] = []
    for index, token in enumerate(tokens):
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth -= 1
        elif depth == 0:
            found.append(index)
    return found


def _without_parentheses(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without parentheses that enclose all of them."""
    while (
        len(tokens) > 1 and tokens[0].text == "(" and tokens[-1].text == ")" and not _outside_brackets(tokens)
    ):
        depth = 0
        for token in tokens[:-1]:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return tokens
        tokens = tokens[1:-1]
    return tokens
