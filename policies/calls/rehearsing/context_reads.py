"""Finds what conditions read of the context: which fields, and with which literals they compare them.

It looks at tokens, not at a parsed tree. So it may give a literal that is not really compared with the field,
but it never misses one that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from policies.calls.language.policy_parts import PolicyParts
from policies.calls.language.text import unescape

ContextValue = str | int | bool | datetime | timedelta
ContextPath = tuple[str, ...]
ReadKind = Literal["same", "order", "like", "part", "has", "bare"]
"""Compared for equality, for order, with a pattern, as a member of a set; tested for presence; just read."""

_COMPARED: dict[str, ReadKind] = {"==": "same", "!=": "same", "like": "like", "in": "same"}
_ORDERED = ("<", "<=", ">", ">=")
_DURATION = re.compile(r"(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")
_STEP = timedelta(milliseconds=1)
_ANY = "\ue000"
"""Stands for the wildcard `*` of a pattern; `\\*` is a literal star."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRead:
    """A field of the context, such as ("tenant",) or ("attributes", "purpose"), and how it is read.

    `value` is the literal that it is compared with, if any.
    """

    path: ContextPath
    how: ReadKind
    value: ContextValue | None = None


def context_reads(words: Sequence[str]) -> Iterator[ContextRead]:
    """Every read of the context in a term, given by its tokens; one for each literal compared with."""
    for index, word in enumerate(words):
        if word != "context":
            continue
        path, end = _path(words, index + 1)
        found = [*_compared_after(words, end), *_compared_before(words, index), *_set_members(words, index)]
        if words[end : end + 1] and words[end] == "has":
            yield from _prefixes((*path, *_path_after_has(words, end + 1)))
        elif not found and path:
            yield ContextRead(path=path, how="bare")
        for how, value in found:
            yield ContextRead(path=path, how=how, value=value)


def policy_reads(parts: PolicyParts) -> tuple[ContextRead, ...]:
    """Every read of the context in a policy."""
    return tuple(read for term in parts.terms for read in context_reads(term.words))


def boundary_values(read: ContextRead) -> Iterator[ContextValue]:
    """The literal that a read compares with, and its neighbours on both sides."""
    match read.how, read.value:
        case "like", str() as pattern:
            yield pattern.replace(_ANY, "")
            yield pattern.replace(_ANY, "x")
        case _, bool() as value:
            yield from (value, not value)
        case _, int() as value:
            yield from (value - 1, value, value + 1)
        case _, datetime() | timedelta() as value:
            yield value
            for step in (-_STEP, _STEP):
                with suppress(OverflowError):
                    yield value + step
        case _, str() as value:
            yield value


def _prefixes(path: ContextPath) -> Iterator[ContextRead]:
    """The reads of `context has a.b`: both `a` and `a.b`."""
    for length in range(1, len(path) + 1):
        yield ContextRead(path=path[:length], how="has")


def _path(words: Sequence[str], index: int) -> tuple[ContextPath, int]:
    """The path of members that starts here, and the index after it. A method call is not part of it."""
    path: list[str] = []
    while index + 1 < len(words):
        if words[index] == "." and not _is_call(words, index + 2):
            path.append(words[index + 1])
            index += 2
        elif words[index] == "[" and words[index + 1].startswith('"') and index + 2 < len(words):
            path.append(_name(words[index + 1]))
            index += 3
        else:
            break
    return tuple(path), index


def _path_after_has(words: Sequence[str], index: int) -> ContextPath:
    path: list[str] = []
    while index < len(words):
        path.append(_name(words[index]))
        if index + 1 >= len(words) or words[index + 1] != ".":
            break
        index += 2
    return tuple(path)


def _is_call(words: Sequence[str], index: int) -> bool:
    return index < len(words) and words[index] == "("


def _name(word: str) -> str:
    return unescape(word) if word.startswith('"') else word


def _compared_after(words: Sequence[str], end: int) -> Iterator[tuple[ReadKind, ContextValue]]:
    """The literals that an operator or a method after the field compares it with."""
    while end + 2 < len(words) and words[end] == "." and words[end + 2] == "(":
        method = words[end + 1]
        close = _closing_bracket(words, end + 2)
        how: ReadKind = "part" if method.startswith("contains") else "order"
        for value in _literals(words[end + 3 : close]):
            yield how, value
        end = close + 1
    if end < len(words):
        how = _COMPARED.get(words[end], "order")
        if words[end] in _COMPARED or words[end] in _ORDERED:
            for value in _literals(words[end + 1 : end + 6], first=True, pattern=how == "like"):
                yield how, value


def _compared_before(words: Sequence[str], index: int) -> Iterator[tuple[ReadKind, ContextValue]]:
    """The literal on the left of an operator that has the field on its right."""
    if index < 2 or (words[index - 1] not in _ORDERED and words[index - 1] not in ("==", "!=")):
        return
    how: ReadKind = "order" if words[index - 1] in _ORDERED else "same"
    left = words[max(0, index - 5) : index - 1]
    found = list(_literals(left))
    if found:
        yield how, found[-1]


def _set_members(words: Sequence[str], index: int) -> Iterator[tuple[ReadKind, ContextValue]]:
    """The members of a set literal in `[...].contains(field)`."""
    if index >= 4 and words[index - 1] == "(" and words[index - 2] == "contains" and words[index - 4] == "]":
        start = index - 4
        while start and words[start] != "[":
            start -= 1
        for value in _literals(words[start : index - 4]):
            yield "same", value


def _closing_bracket(words: Sequence[str], index: int) -> int:
    depth = 0
    for at in range(index, len(words)):
        depth += (words[at] in "([{") - (words[at] in ")]}")
        if depth == 0:
            return at
    return len(words)


def _literals(words: Sequence[str], *, first: bool = False, pattern: bool = False) -> Iterator[ContextValue]:
    """The literals among tokens; with `first`, only the one they begin with."""
    sign = 1
    for index, word in enumerate(words):
        value: ContextValue | None = None
        if word.startswith('"'):
            value = unescape(word, star=_ANY if pattern else "*")
            kind = words[index - 2] if index >= 2 and words[index - 1] == "(" else ""
            if kind in ("datetime", "duration"):
                value = _parse_datetime(value) if kind == "datetime" else _parse_duration(value)
            elif kind in ("decimal", "ip"):
                value = None
        elif word.isdecimal():
            value = sign * int(word)
        elif word in ("true", "false"):
            value = word == "true"
        sign = -1 if word == "-" else 1
        if value is not None:
            yield value
            if first:
                return
        elif first and word not in ("-", "(", "datetime", "duration", "decimal", "ip"):
            return


def _parse_datetime(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse_duration(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds, milliseconds = (int(part or 0) for part in found.groups()[1:])
    try:
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
    except OverflowError:
        return None
    return -span if found[1] else span
