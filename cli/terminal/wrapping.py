"""Breaks lines between words where a terminal would break them anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# what is in backticks is copied as it is, such as a command with its options
_WORD = re.compile(r"(?:`[^`\n]*`|\S)+")
_LABEL = re.compile(r" *\S+ {2,}| *error: | *- ")
_WIDEST_LABEL = 24
_STEP = 2


def wrap(text: str, width: int) -> Iterator[str]:
    """The lines of a text, none wider than `width` but for a word that is.

    A line goes on below its text: after a label that spaces set apart, else two columns further in than it
    began. Escape sequences that colour take no room.
    """
    for line in text.split("\n"):
        yield from _lines(line, width)


def _lines(line: str, width: int) -> Iterator[str]:
    if _width(line) <= width:
        yield line
        return
    indent = " " * _indent_of_rest(line, width)
    written, end = "", 0
    for word in _words(line, width - len(indent)):
        between = line[end : word.start()]
        end = word.end()
        if written.strip() and _width(written + between + word.group()) > width:
            yield written
            written = indent + word.group()
        else:
            written += between + word.group()
    yield written


def _words(line: str, room: int) -> Iterator[re.Match[str]]:
    """The words of a line, with what is in backticks in one piece where there is room for it."""
    for found in _WORD.finditer(line):
        if _width(found.group()) <= room:
            yield found
        else:
            yield from re.compile(r"\S+").finditer(line, found.start(), found.end())


def _indent_of_rest(line: str, width: int) -> int:
    """How far in the rest of a line stands."""
    plain = _ANSI.sub("", line)
    label = _LABEL.match(plain)
    if label and label.end() <= min(_WIDEST_LABEL, width // 2):
        return label.end()
    return min(len(plain) - len(plain.lstrip()) + _STEP, width // 2)


def _width(text: str) -> int:
    """How many columns a text takes."""
    return len(_ANSI.sub("", text))
