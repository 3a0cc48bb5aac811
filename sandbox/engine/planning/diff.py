"""Compares what a program asks for with what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.engine.values.paths import Path, render
from sandbox.engine.values.properties import (
    ArchiveValue,
    AssetValue,
    PropertyValue,
    ResourceReference,
    SecretValue,
    UnknownValue,
    contains_secret,
    same_content,
)

_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange:
    """One place where two sets of inputs differ.

    `path` is a property path (`tags.Name`, `rules[0].port`); `property` is its first part. A value that is
    absent is None; a secret one is shown as `[secret]`, an unknown one as `[unknown]`, an asset as `[asset
    ...]` with the first digits of its hash. `replaces` says that this change cannot be made in place.
    """

    path: str
    property: str
    old: PropertyValue
    new: PropertyValue
    replaces: bool = False


def compare(old: Mapping[str, PropertyValue], new: Mapping[str, PropertyValue]) -> tuple[PropertyChange, ...]:
    """List every difference between two sets of inputs, in the order of their names.

    Null and absent are the same, and so are a secret and its value, a resource and its id. Two JSON documents
    given as text are compared by what they say, two assets by their content.
    """
    changes: list[PropertyChange] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        found = list(_differences((name,), before, after))
        secret = bool(found) and (contains_secret(before) or contains_secret(after))
        changes.extend(
            PropertyChange(
                path=render(path),
                property=name,
                old=_shown(left, secret=secret),
                new=_shown(right, secret=secret),
            )
            for path, left, right in found
        )
    return tuple(changes)


def _shown(value: PropertyValue, *, secret: bool) -> PropertyValue:
    if value is _MISSING or value is None:
        return None
    if secret:
        return "[secret]"
    match value:
        case UnknownValue():
            return "[unknown]"
        case AssetValue() | ArchiveValue():
            return f"[asset {value.hash[:12]}]" if value.hash else "[asset]"
        case ResourceReference():
            return _shown(value.id or value.urn, secret=False)
        case dict():
            return {name: _shown(item, secret=False) for name, item in value.items()}
        case list():
            return [_shown(item, secret=False) for item in value]
    return value


Difference = tuple[Path, PropertyValue, PropertyValue]


def _differences(path: Path, old: PropertyValue, new: PropertyValue) -> Iterator[Difference]:
    old, new = _bare(old), _bare(new)
    if _absent(old) and _absent(new):
        return
    if isinstance(old, AssetValue | ArchiveValue) or isinstance(new, AssetValue | ArchiveValue):
        if not same_content(old, new):
            yield path, old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from _differences((*path, name), old.get(name, _MISSING), new.get(name, _MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _in_lists(path, old, new)
    elif not _equal(old, new):
        yield from _in_documents(path, old, new)


def _bare(value: PropertyValue) -> PropertyValue:
    """Look behind a secret, and at a resource's id in place of a reference to it."""
    match value:
        case SecretValue():
            return _bare(value.value)
        case ResourceReference():
            return value.id or value.urn
    return value


def _absent(value: PropertyValue) -> bool:
    return value is _MISSING or value is None


def _equal(old: PropertyValue, new: PropertyValue) -> bool:
    """Compare two values of which at least one is no container; to Python, but not to AWS, true is 1."""
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _in_lists(path: Path, old: list[PropertyValue], new: list[PropertyValue]) -> Iterator[Difference]:
    """Show where two lists differ, element by element: the same ones are not shown as changed by others.

    Elements that name themselves are matched by their names; of others, what both lists begin and end with
    is left out. Whether lists differ at all is decided position by position.
    """
    by_position = [(index, _item(old, index), _item(new, index)) for index in range(max(len(old), len(new)))]
    found = list(_of_elements(path, by_position))
    if found:
        matched = _by_name(old, new)
        aligned = _within_ends(old, new) if matched is None else matched
        yield from list(_of_elements(path, aligned)) or found


Elements = list[tuple[int, PropertyValue, PropertyValue]]
"""A position, and what is there before and after."""


def _of_elements(path: Path, elements: Elements) -> Iterator[Difference]:
    for index, before, after in elements:
        yield from _differences((*path, index), before, after)


def _by_name(old: list[PropertyValue], new: list[PropertyValue]) -> Elements | None:
    """Match elements that name themselves, by their new positions, those that are gone by the old ones.

    None where they have no names, or not one each, or where the order has changed: that may mean something.
    """
    for key in _IDENTIFYING:
        before, after = _named(old, key), _named(new, key)
        if before is None or after is None:
            continue
        if [name for name in before if name in after] != [name for name in after if name in before]:
            return None
        kept = [(index, before.get(name, (0, _MISSING))[1], item) for name, (index, item) in after.items()]
        gone = [(index, item, _MISSING) for name, (index, item) in before.items() if name not in after]
        return sorted([*gone, *kept], key=lambda element: element[0])
    return None


_IDENTIFYING = ("name", "key", "id", "sid", "Sid", "Name", "Key", "Id")


def _named(values: list[PropertyValue], key: str) -> dict[str, tuple[int, PropertyValue]] | None:
    """The elements with their positions by name; None unless each has a text of its own as name."""
    named: dict[str, tuple[int, PropertyValue]] = {}
    for index, value in enumerate(map(_bare, values)):
        name = _bare(value.get(key)) if isinstance(value, dict) else None
        if not isinstance(name, str) or name in named:
            return None
        named[name] = (index, value)
    return named


def _within_ends(old: list[PropertyValue], new: list[PropertyValue]) -> Elements:
    """Leave out what both lists begin and end with."""
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if _differ(old[at], new[at])), shorter)
    room = shorter - start
    end = next((at for at in range(room) if _differ(old[-1 - at], new[-1 - at])), room)
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    return [
        (start + index, _item(before, index), _item(after, index))
        for index in range(max(len(before), len(after)))
    ]


def _differ(one: PropertyValue, other: PropertyValue) -> bool:
    return any(True for _ in _differences((), one, other))


def _item(values: list[PropertyValue], index: int) -> PropertyValue:
    return values[index] if index < len(values) else _MISSING


def _in_documents(path: Path, old: PropertyValue, new: PropertyValue) -> Iterator[Difference]:
    """Show where two JSON documents differ; other values differ as a whole."""
    left, right = _document(old), _document(new)
    if left is None or right is None:
        yield path, old, new
    else:
        yield from _differences(path, left, right)


def _document(value: PropertyValue) -> PropertyValue:
    """Read a JSON object or array given as text; None for anything else."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
