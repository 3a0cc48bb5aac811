"""Finds suppressions in Python source.

    # myelin: allow CKV_AWS_91 until 2027-06-30 in dev-*, sandbox-*: the reason, which may
    #   go on in lines that are indented like this one
    balancer = LoadBalancer(...)

A comment speaks of the call that begins in the next line of code, or in its own line when it stands behind
code; inside a call it speaks of that call. The part `in ...` names stacks and may be left out.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .values import Problem, Suppression

MARK = "myelin:"
FORM = "# myelin: allow CHECK[, CHECK] until YYYY-MM-DD [in STACK[, STACK]]: reason"
_MARKED = re.compile(rf"#\s*{MARK}\s*(?P<text>.*)")
_GOES_ON = re.compile(r"#\s{2,}(?P<text>\S.*)")
_ALLOW = re.compile(
    r"allow\s+(?P<checks>[A-Z][A-Z0-9_]*(?:\s*,\s*[A-Z][A-Z0-9_]*)*)"
    r"\s+until\s+(?P<until>[0-9-]+)"
    r"(?:\s+in\s+(?P<stacks>[^:]+?))?"
    r"\s*:\s*(?P<reason>.*)"
)
_SKIPPED = frozenset({"node_modules", "site-packages", "venv", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A marked comment with the lines that it goes on in; `behind_code` says that code precedes it."""

    line: int
    last_line: int
    text: str
    behind_code: bool


def read_suppressions(root: Path, folders: tuple[Path, ...]) -> tuple[Suppression | Problem, ...]:
    """Read every Python file below some folders; paths in the result are relative to `root`.

    Hidden folders and installed packages are left out.
    """
    found: list[Suppression | Problem] = []
    for path in sorted({path for folder in folders for path in folder.rglob("*.py")}):
        if any(_left_out(part) for part in path.relative_to(root).parts):
            continue
        source = path.read_text(encoding="utf-8", errors="replace")
        if MARK in source:
            found.extend(suppressions_in(source, path.relative_to(root).as_posix()))
    return tuple(found)


def suppressions_in(source: str, path: str) -> Iterator[Suppression | Problem]:
    """The suppressions of one file, and what is wrong with those that are none."""
    try:
        tree, comments = ast.parse(source), list(_comments(source))
    except (SyntaxError, tokenize.TokenError, ValueError):
        # the interpreter says this better
        return
    lines = source.splitlines()
    for comment in comments:
        found = _ALLOW.fullmatch(comment.text)
        fault = _fault(comment.text, found)
        if found is None or fault:
            yield Problem(
                path=path,
                line=comment.line,
                message=f"this suppression {fault}",
                hint=f"write it as `{FORM}`",
            )
            continue
        first, last = _span(tree, comment, lines)
        yield Suppression(
            path=path,
            line=comment.line,
            first=first,
            last=last,
            checks=_split(found["checks"]),
            until=date.fromisoformat(found["until"]),
            reason=found["reason"].strip(),
            stacks=_split(found["stacks"] or ""),
        )


def _fault(text: str, found: re.Match[str] | None) -> str:
    """What is wrong with a comment, in words that follow "this suppression"."""
    if found is None:
        if not text:
            return "does not say anything"
        if not text.startswith("allow"):
            return f"does not say `allow`, but `{text.split(maxsplit=1)[0]}`"
        if not re.search(r"\suntil\s", text):
            return "has no expiry date"
        return "has no reason" if ":" not in text else "cannot be read"
    if not found["reason"].strip():
        return "has no reason"
    try:
        date.fromisoformat(found["until"])
    except ValueError:
        return f"has no expiry date, `{found['until']}` is none"
    return ""


def _comments(source: str) -> Iterator[Comment]:
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    by_line = {token.start[0]: token for token in tokens}
    for token in tokens:
        marked = _MARKED.fullmatch(token.string)
        if marked is None:
            continue
        line = last = token.start[0]
        texts = [marked["text"]]
        while (following := by_line.get(last + 1)) and (more := _GOES_ON.fullmatch(following.string)):
            texts.append(more["text"])
            last += 1
        behind = bool(token.line[: token.start[1]].strip())
        yield Comment(line=line, last_line=last, text=" ".join(texts).strip(), behind_code=behind)


def _span(tree: ast.Module, comment: Comment, lines: list[str]) -> tuple[int, int]:
    """First and last line of the code that a comment speaks of."""
    line = comment.line if comment.behind_code else _next_code(lines, comment.last_line)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    beginning = [node for node in calls if node.lineno == line]
    if beginning:
        return line, max(_end(node) for node in beginning)
    around = [node for node in calls if node.lineno < line <= _end(node)]
    if around:
        nearest = max(around, key=lambda node: (node.lineno, -_end(node)))
        return nearest.lineno, _end(nearest)
    statements = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.lineno <= line <= _end(node)
    ]
    return (statements[0].lineno, _end(statements[0])) if statements else (line, line)


def _next_code(lines: list[str], after: int) -> int:
    """The first line after one that is neither empty nor a comment; lines count from 1."""
    for number, text in enumerate(lines[after:], start=after + 1):
        if text.strip() and not text.lstrip().startswith("#"):
            return number
    return after + 1


def _end(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _left_out(part: str) -> bool:
    return part in _SKIPPED or part.startswith(".")
