"""Suppressions in programs whose language has `//` and brackets: TypeScript, JavaScript, Go, Java, C#.

A comment speaks of the call that begins in the next line of code, or in its own line when it stands behind
code; inside a call it speaks of that call. The source is read as far as brackets, texts and comments go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..values import Problem, Suppression
from .comments import LineComment, MarkedComment, SpokenCode, suppressions_of

SIGN = "//"
_OPEN, _CLOSE = "([{", ")]}"
_BEFORE_PATTERN = "(,=:[!&|?{};\n"
"""What stands before a `/` that begins a regular expression in JavaScript, and is no division."""


@dataclass(frozen=True, slots=True)
class _Bracket:
    kind: str
    first: int
    last: int


@dataclass(slots=True)
class _Reading:
    """What was read of a source: comments, brackets, and the lines that have code."""

    comments: list[LineComment] = field(default_factory=list)
    brackets: list[_Bracket] = field(default_factory=list)
    code: set[int] = field(default_factory=set)


def suppressions_in(source: str, path: str) -> Iterator[Suppression | Problem]:
    """The suppressions of one file."""
    reading = _Reader(source).read()
    yield from suppressions_of(reading.comments, path, SIGN, lambda comment: _span(reading, comment))


def _span(reading: _Reading, comment: MarkedComment) -> SpokenCode:
    """First and last line of the code that a comment speaks of."""
    line = comment.line
    if not comment.behind_code:
        line = min((one for one in reading.code if one > comment.last_line), default=comment.last_line + 1)
    calls = [one for one in reading.brackets if one.kind == "("]
    beginning = [one for one in calls if one.first == line]
    if beginning:
        return SpokenCode(first=line, last=max(one.last for one in beginning))
    around = [one for one in calls if one.first < line <= one.last]
    if around:
        nearest = max(around, key=lambda one: (one.first, -one.last))
        return SpokenCode(first=nearest.first, last=nearest.last)
    return SpokenCode(first=line, last=line)


class _Reader:
    """Goes through a source once, a character at a time."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._place = 0
        self._line = 1
        self._before = "\n"
        self._open: list[tuple[str, int]] = []
        self._reading = _Reading()

    def read(self) -> _Reading:
        """All of it; brackets that are never closed end with the source."""
        while self._place < len(self._source):
            self._step()
        while self._open:
            self._close()
        return self._reading

    def _step(self) -> None:
        character = self._source[self._place]
        two = self._source[self._place : self._place + 2]
        if two == SIGN:
            self._comment()
        elif two == "/*":
            self._skip_past("*/", escapes=False)
        elif character in "\"'":
            self._code()
            self._skip_past(character, escapes=True)
        elif character == "`":
            self._code()
            self._template()
        elif character == "/" and self._before in _BEFORE_PATTERN:
            self._code()
            self._skip_past("/", escapes=True, within_line=True)
        else:
            self._plain(character)

    def _plain(self, character: str) -> None:
        if character in _OPEN:
            self._open.append((character, self._line))
        elif character in _CLOSE and self._open:
            self._close()
        if not character.isspace():
            self._code()
            self._before = character
        self._advance(1)

    def _close(self) -> None:
        kind, first = self._open.pop()
        self._reading.brackets.append(_Bracket(kind, first, self._line))

    def _code(self) -> None:
        self._reading.code.add(self._line)

    def _comment(self) -> None:
        end = self._source.find("\n", self._place)
        end = len(self._source) if end < 0 else end
        self._reading.comments.append(
            LineComment(
                line=self._line,
                text=self._source[self._place + len(SIGN) : end].rstrip("\r"),
                behind_code=self._line in self._reading.code,
            )
        )
        self._advance(end - self._place)

    def _template(self) -> None:
        """A text in backticks; what is inside `${}` is code, and Go has no such thing."""
        self._advance(1)
        while self._place < len(self._source):
            character = self._source[self._place]
            if character == "\\":
                self._advance(2)
            elif character == "`":
                self._advance(1)
                self._before = "`"
                return
            elif self._source[self._place : self._place + 2] == "${":
                self._inside_template()
            else:
                self._advance(1)

    def _inside_template(self) -> None:
        self._advance(1)
        depth = len(self._open)
        self._step()
        while len(self._open) > depth and self._place < len(self._source):
            self._step()

    def _skip_past(self, end: str, *, escapes: bool, within_line: bool = False) -> None:
        """Go past the next `end`; a backslash hides one, and some texts end with their line."""
        self._advance(1)
        while self._place < len(self._source):
            if escapes and self._source[self._place] == "\\":
                self._advance(2)
            elif self._source.startswith(end, self._place):
                self._advance(len(end))
                break
            elif self._source[self._place] == "\n" and (within_line or end in "\"'"):
                break
            else:
                self._advance(1)
        self._before = end[-1]

    def _advance(self, count: int) -> None:
        self._line += self._source.count("\n", self._place, self._place + count)
        self._place += count
