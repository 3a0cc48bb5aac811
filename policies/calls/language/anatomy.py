"""Takes policies apart: whom the scope is about, and the single terms that a condition consists of.

    permit (principal == Service::"orbit", action, resource)   principals {orbit}, the rest is open
    when { context has tenant && context.tenant == "acme" }    two terms that have to hold
    unless { context.environment == "prod" || ... };           terms of which none may hold

A policy applies when its scope matches and every term of `when` holds and none of `unless`. Works on tokens:
a condition is never turned into a tree, which could be too deep to walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from policies.calls.language.parsing import heads
from policies.calls.language.text import Statement, Token, split
from policies.calls.language.values import Document, Effect

Kind = Literal["when", "unless"]
Names = frozenset[str] | None
"""The names that a scope allows; None where it allows every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of a condition, from `start` to `end` in the policy's text.

    `words` are its tokens: equal words mean the same.
    """

    kind: Kind
    words: tuple[str, ...]
    text: str
    start: int
    end: int

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same term in another policy."""
        return (self.kind, *self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """The parts of one policy."""

    effect: Effect
    principals: Names
    actions: Names
    resources: Names
    terms: tuple[Term, ...]

    @property
    def keys(self) -> frozenset[tuple[str, ...]]:
        """All terms, whatever their order."""
        return frozenset(term.key for term in self.terms)

    def mentions(self, variable: str) -> bool:
        """Whether a condition looks at `principal`, `action`, `resource` or `context`."""
        return any(variable in term.words for term in self.terms)


def dissect(texts: Iterable[str]) -> tuple[Anatomy, ...]:
    """The parts of each policy, in order. The texts have been checked, and hold one policy each."""
    statements = [_statement(text) for text in texts]
    return tuple(
        _anatomy(statement, fields) for statement, fields in zip(statements, heads(statements), strict=True)
    )


def _statement(text: str) -> Statement:
    (statement,) = split(Document(path=Path("policy"), text=text))
    return statement


def _anatomy(statement: Statement, fields: dict[str, Any]) -> Anatomy:
    return Anatomy(
        effect=fields["effect"],
        principals=_names(fields["principal"]),
        actions=_names(fields["action"]),
        resources=_names(fields["resource"]),
        terms=tuple(_terms(statement)),
    )


def _names(scope: dict[str, Any]) -> Names:
    """What a scope allows. `in` one service means that service: services have no parents."""
    if "entities" in scope:
        return frozenset(entity["id"] for entity in scope["entities"])
    if "entity" in scope:
        return frozenset({scope["entity"]["id"]})
    inner = scope.get("in")
    return frozenset({inner["entity"]["id"]}) if inner else None


def _terms(statement: Statement) -> Iterator[Term]:
    kind: Kind | None = None
    depth = first = 0
    for index, token in enumerate(statement.tokens):
        if depth == 0 and kind is None and token.text in ("when", "unless") and _opens(statement, index):
            kind = "when" if token.text == "when" else "unless"
            first = index + 2
        depth += (token.text in "([{") - (token.text in ")]}")
        if kind is not None and depth == 0 and token.text == "}":
            base = statement.tokens[0].start
            for part in _parts(statement.tokens[first:index], "&&" if kind == "when" else "||"):
                start, end = part[0].start, part[-1].end
                yield Term(
                    kind=kind,
                    words=tuple(token.text for token in part),
                    text=statement.document.text[start:end],
                    start=start - base,
                    end=end - base,
                )
            kind = None


def _opens(statement: Statement, index: int) -> bool:
    """Whether a condition begins here; an annotation may be named `when` too."""
    following = statement.tokens[index + 1 : index + 2]
    return bool(following) and following[0].text == "{"


def _parts(tokens: Sequence[Token], joint: str) -> Iterator[Sequence[Token]]:
    """Cut where `joint` stands outside every bracket, if that leaves the meaning as it is."""
    pending = [tokens]
    while pending:
        part = _bare(pending.pop())
        if not part:
            continue
        outer = _outer(part)
        words = {part[index].text for index in outer}
        # `if` reaches to the end, and `||` binds weaker than `&&`
        whole = "if" in words or (joint == "&&" and "||" in words)
        cuts = [] if whole else [index for index in outer if part[index].text == joint]
        if not cuts:
            yield part
            continue
        edges = [-1, *cuts, len(part)]
        pieces = [part[left + 1 : right] for left, right in pairwise(edges)]
        pending.extend(reversed(pieces))


def _outer(tokens: Sequence[Token]) -> list[int]:
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


def _bare(tokens: Sequence[Token]) -> Sequence[Token]:
    """Without the parentheses that enclose all of it."""
    while len(tokens) > 1 and tokens[0].text == "(" and tokens[-1].text == ")" and not _outer(tokens):
        depth = 0
        for token in tokens[:-1]:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return tokens
        tokens = tokens[1:-1]
    return tokens
