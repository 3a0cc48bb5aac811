"""Suppressions in Python programs.

A comment speaks of the call that begins in the next line of code, or in its own line when it stands behind
code; inside a call it speaks of that call.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from ..values import Problem, Suppression
from .comments import LineComment, MarkedComment, SpokenCode, suppressions_of

SIGN = "#"


def suppressions_in(source: str, path: str) -> Iterator[Suppression | Problem]:
    """The suppressions of one file; none for a file that is no Python, which the interpreter says better."""
    try:
        tree, comments = ast.parse(source), list(_comments(source))
    except (SyntaxError, tokenize.TokenError, ValueError):
        return
    lines = source.splitlines()
    yield from suppressions_of(comments, path, SIGN, lambda comment: _span(tree, comment, lines))


def _comments(source: str) -> Iterator[LineComment]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield LineComment(
                line=token.start[0],
                text=token.string.removeprefix(SIGN),
                behind_code=bool(token.line[: token.start[1]].strip()),
            )


def _span(tree: ast.Module, comment: MarkedComment, lines: list[str]) -> SpokenCode:
    """First and last line of the code that a comment speaks of."""
    line = comment.line if comment.behind_code else _next_code(lines, comment.last_line)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    beginning = [node for node in calls if node.lineno == line]
    if beginning:
        return SpokenCode(first=line, last=max(_end(node) for node in beginning))
    around = [node for node in calls if node.lineno < line <= _end(node)]
    if around:
        nearest = max(around, key=lambda node: (node.lineno, -_end(node)))
        return SpokenCode(first=nearest.lineno, last=_end(nearest))
    statements = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.lineno <= line <= _end(node)
    ]
    return (
        SpokenCode(first=statements[0].lineno, last=_end(statements[0]))
        if statements
        else SpokenCode(first=line, last=line)
    )


def _next_code(lines: list[str], after: int) -> int:
    """The first line after one that is neither empty nor a comment; lines count from 1."""
    for number, text in enumerate(lines[after:], start=after + 1):
        if text.strip() and not text.lstrip().startswith(SIGN):
            return number
    return after + 1


def _end(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno
