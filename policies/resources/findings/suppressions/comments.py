"""What a suppression says, whatever the language that it stands in.

    myelin: allow CKV_AWS_91 until 2027-06-30 in dev-*, sandbox-*: the reason, which may
      go on in lines that are indented like this one

The part `in ...` names stacks and may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ..values import Problem, Suppression

MARK = "myelin:"
FORM = "myelin: allow CHECK[, CHECK] until YYYY-MM-DD [in STACK[, STACK]]: reason"
_MARKED = re.compile(rf"\s*{MARK}\s*(?P<text>.*)", re.DOTALL)
_GOES_ON = re.compile(r"\s{2,}(?P<text>\S.*)")
_ALLOW = re.compile(
    r"allow\s+(?P<checks>[A-Z][A-Z0-9_]*(?:\s*,\s*[A-Z][A-Z0-9_]*)*)"
    r"\s+until\s+(?P<until>[0-9-]+)"
    r"(?:\s+in\s+(?P<stacks>[^:]+?))?"
    r"\s*:\s*(?P<reason>.*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineComment:
    """A comment to the end of its line, without its sign; `behind_code` says that code precedes it."""

    line: int
    text: str
    behind_code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedComment:
    """A comment that is meant for us, with the lines that it goes on in."""

    line: int
    last_line: int
    text: str
    behind_code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenCode:
    """The code that a suppression speaks of: its lines, and the name of the resource where a language
    tells it.
    """

    first: int
    last: int
    name: str = ""


def marked_comments(comments: Iterable[LineComment]) -> Iterator[MarkedComment]:
    """The comments that begin with our mark."""
    by_line = {comment.line: comment for comment in comments}
    for line, comment in sorted(by_line.items()):
        marked = _MARKED.fullmatch(comment.text)
        if marked is None:
            continue
        texts, last = [marked["text"]], line
        while (following := by_line.get(last + 1)) and (more := _GOES_ON.fullmatch(following.text)):
            texts.append(more["text"])
            last += 1
        yield MarkedComment(
            line=line, last_line=last, text=" ".join(texts).strip(), behind_code=comment.behind_code
        )


def suppressions_of(
    comments: Iterable[LineComment], path: str, sign: str, span: Callable[[MarkedComment], SpokenCode]
) -> Iterator[Suppression | Problem]:
    """The suppressions among the comments of a file, and what is wrong with those that are none.

    `sign` begins a comment in the language; `span` says what code a comment speaks of.
    """
    for comment in marked_comments(comments):
        found = _ALLOW.fullmatch(comment.text)
        fault = _fault(comment.text, found)
        if found is None or fault:
            yield Problem(
                path=path,
                line=comment.line,
                message=f"this suppression {fault}",
                hint=f"write it as `{sign} {FORM}`",
            )
            continue
        code = span(comment)
        yield Suppression(
            path=path,
            line=comment.line,
            first=code.first,
            last=code.last,
            name=code.name,
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


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
