"""Compares what a program asks for with what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.engine.values import wire
from sandbox.engine.values.paths import Part, Path, render
from sandbox.engine.values.wire import Value

_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange:
    """One place where two sets of inputs differ.

    `path` is a property path (`tags.Name`, `rules[0].port`); `property` is its first part. A value that is
    absent is None; a secret one is shown as `[secret]`, an unknown one as `[unknown]`, an asset as `[asset
    ...]` with the first digits of its hash. `replaces` says that this change can not be made in place.
    """

    path: str
    property: str
    old: Value
    new: Value
    replaces: bool = False


def compare(old: Mapping[str, Value], new: Mapping[str, Value]) -> tuple[PropertyChange, ...]:
    """List every difference between two sets of inputs, in the order of their names.

    Null and absent are the same. Two JSON documents given as text are compared by what they say, two assets
    by their content.
    """
    changes: list[PropertyChange] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        secret = wire.contains(before, wire.SECRET) or wire.contains(after, wire.SECRET)
        changes.extend(
            PropertyChange(
                path=render(path),
                property=name,
                old=_shown(left, secret=secret),
                new=_shown(right, secret=secret),
            )
            for path, left, right in _differences((name,), wire.reveal(before), wire.reveal(after))
        )
    return tuple(changes)


def _shown(value: Value, *, secret: bool) -> Value:
    if value is _MISSING or value is None:
        return None
    if secret:
        return "[secret]"
    if isinstance(value, str):
        return "[unknown]" if value == wire.UNKNOWN else value
    if wire.is_asset(value):
        return f"[asset {value['hash'][:12]}]" if "hash" in value else "[asset]"
    if isinstance(value, dict):
        return {name: _shown(item, secret=False) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(item, secret=False) for item in value]
    return value


Difference = tuple[Path, Value, Value]


def _differences(path: Path, old: Value, new: Value) -> Iterator[Difference]:
    if _absent(old) and _absent(new):
        return
    if wire.is_asset(old) or wire.is_asset(new):
        if wire.asset_content(old) != wire.asset_content(new):
            yield path, old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from _differences((*path, name), old.get(name, _MISSING), new.get(name, _MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _differences((*path, index), _item(old, index), _item(new, index))
    elif not _equal(old, new):
        yield from _in_documents(path, old, new)


def _absent(value: Value) -> bool:
    return value is _MISSING or value is None


def _equal(old: Value, new: Value) -> bool:
    """Compare two values of which at least one is no container; to Python, but not to AWS, true is 1."""
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _item(values: list[Value], index: int) -> Value:
    return values[index] if index < len(values) else _MISSING


def _in_documents(path: tuple[Part, ...], old: Value, new: Value) -> Iterator[Difference]:
    """Show where two JSON documents differ; other values differ as a whole."""
    left, right = _document(old), _document(new)
    if left is None or right is None:
        yield path, old, new
    else:
        yield from _differences(path, left, right)


def _document(value: Value) -> Value:
    """Read a JSON object or array given as text; None for anything else."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
