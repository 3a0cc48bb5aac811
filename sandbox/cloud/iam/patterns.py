"""Patterns of policies: `*`, `?` and policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from functools import cache

from sandbox.cloud.iam.context import Context, Missing
from sandbox.cloud.iam.truth import Truth, every

_TOKENS = re.compile(r"\$\{(?P<variable>[^}]*)\}|(?P<wildcard>[*?])|(?P<text>[^*?$]+|\$)")
_DEFAULT = re.compile(r"^(?P<key>[^,]+?)\s*,\s*'(?P<default>[^']*)'$")
_LITERAL = frozenset("*?$")
_ARN_PARTS = 6

Piece = tuple[str, str]
"""Kind (`text`, `wildcard`, `variable`) and content."""


def like(pattern: str, value: str, context: Context | None = None) -> Truth:
    """Whether a value fits a pattern.

    Without a context `${` is text; a variable without a value fits nothing.
    """
    if context is None or "${" not in pattern:
        return _plain(pattern).fullmatch(value) is not None
    return _fits(_pieces(pattern), value, context)


def exactly(text: str, value: str, context: Context) -> Truth:
    """Whether a value is a text, in which variables count and wildcards are text."""
    pieces = tuple(("text" if kind == "wildcard" else kind, content) for kind, content in _pieces(text))
    return _fits(pieces, value, context)


def like_arn(pattern: str, value: str, context: Context | None = None) -> Truth:
    """The same for ARNs: each of the six parts is compared by itself; in the last, `*` may be a colon, too.

    What is no ARN fits nothing but `*`; a pattern that is neither `*` nor has six parts is not judged.
    """
    if pattern == "*":
        return True
    if context is None or "${" not in pattern:
        parts = _plain_parts(pattern)
        if parts is None:
            return None
        found = value.split(":", _ARN_PARTS - 1)
        return len(found) == _ARN_PARTS and all(
            part.fullmatch(one) is not None for part, one in zip(parts, found, strict=True)
        )
    cut = _cut(_pieces(pattern))
    found = value.split(":", _ARN_PARTS - 1)
    if len(cut) != _ARN_PARTS:
        return None
    if len(found) != _ARN_PARTS:
        return False
    return every(_fits(pieces, one, context) for pieces, one in zip(cut, found, strict=True))


def _fits(pieces: tuple[Piece, ...], value: str, context: Context) -> Truth:
    expression = ""
    for kind, content in pieces:
        if kind != "variable":
            expression += _expression(kind, content)
            continue
        found = _value(content, context)
        if found is Missing.ABSENT:
            return False
        if found is Missing.UNKNOWN:
            return None
        expression += re.escape(found)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _value(variable: str, context: Context) -> str | Missing:
    if variable in _LITERAL:
        return variable
    given = _DEFAULT.match(variable)
    found = context.find(given["key"] if given else variable)
    if isinstance(found, Missing):
        return given["default"] if given and found is Missing.ABSENT else found
    return found[0] if len(found) == 1 else Missing.ABSENT


@cache
def _plain(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


@cache
def _plain_parts(pattern: str) -> tuple[re.Pattern[str], ...] | None:
    parts = pattern.split(":", _ARN_PARTS - 1)
    return tuple(_plain(part) for part in parts) if len(parts) == _ARN_PARTS else None


@cache
def _pieces(pattern: str) -> tuple[Piece, ...]:
    return tuple((str(one.lastgroup), one[str(one.lastgroup)]) for one in _TOKENS.finditer(pattern))


@cache
def _cut(pieces: tuple[Piece, ...]) -> tuple[tuple[Piece, ...], ...]:
    """The pieces of each part of an ARN; colons inside a variable cut nothing."""
    parts: list[list[Piece]] = [[]]
    for kind, content in pieces:
        if kind != "text":
            parts[-1].append((kind, content))
            continue
        cut = content.split(":", _ARN_PARTS - len(parts))
        parts[-1].append((kind, cut[0]))
        parts.extend([(kind, text)] for text in cut[1:])
    return tuple(tuple(part) for part in parts)


def _expression(kind: str, content: str) -> str:
    if kind == "text":
        return re.escape(content)
    return ".*" if content == "*" else "."
