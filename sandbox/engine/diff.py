"""Compares what a program asks for with what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.engine import wire
from sandbox.engine.wire import Value, Wire

_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange:
    """One place where two sets of inputs differ.

    `path` is dotted, with list positions in brackets; `property` is its first part. A value that is absent is
    None; a secret one is shown as `[secret]`, an unknown one as `[unknown]`. `replaces` says that this change
    can not be made in place.
    """

    path: str
    property: str
    old: Value
    new: Value
    replaces: bool = False


def apply_ignored(inputs: Wire, old: Mapping[str, Value], ignored: tuple[str, ...]) -> Wire:
    """Keep the recorded value of each ignored property (a top-level name, or a dotted path)."""
    merged = dict(inputs)
    for path in ignored:
        head, _, rest = path.partition(".")
        if not rest:
            if head in old:
                merged[head] = old[head]
            else:
                merged.pop(head, None)
        elif isinstance(merged.get(head), dict):
            below = old.get(head)
            merged[head] = apply_ignored(merged[head], below if isinstance(below, dict) else {}, (rest,))
    return merged


def compare(old: Mapping[str, Value], new: Mapping[str, Value]) -> tuple[PropertyChange, ...]:
    """List every difference between two sets of inputs, in the order of their names."""
    changes: list[PropertyChange] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        secret = wire.contains(before, wire.SECRET) or wire.contains(after, wire.SECRET)
        for path, left, right in _differences(name, _bare(before), _bare(after)):
            changes.append(
                PropertyChange(
                    path=path,
                    property=name,
                    old=_shown(left, secret=secret),
                    new=_shown(right, secret=secret),
                )
            )
    return tuple(changes)


def _bare(value: Value) -> Value:
    return value if value is _MISSING else wire.reveal(value)


def _shown(value: Value, *, secret: bool) -> Value:
    if value is _MISSING or value is None:
        return None
    if secret:
        return "[secret]"
    if value == wire.UNKNOWN:
        return "[unknown]"
    if wire.signature(value) in (wire.ARCHIVE, wire.ASSET):
        return f"[asset {str(value.get('hash', ''))[:12]}]"
    return value


def _differences(path: str, old: Value, new: Value) -> Iterator[tuple[str, Value, Value]]:
    if old == new or (old in (None, _MISSING) and new in (None, _MISSING)):
        return
    if wire.signature(old) or wire.signature(new):
        yield from _asset_difference(path, old, new)
        return
    document = _documents(old, new)
    if document is not None:
        yield from _differences(path, *document)
    elif isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from _differences(f"{path}.{name}", old.get(name, _MISSING), new.get(name, _MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _differences(f"{path}[{index}]", _item(old, index), _item(new, index))
    else:
        yield path, old, new


def _item(values: list[Value], index: int) -> Value:
    return values[index] if index < len(values) else _MISSING


def _asset_difference(path: str, old: Value, new: Value) -> Iterator[tuple[str, Value, Value]]:
    """Two assets are equal when their contents are, wherever they lie."""
    same = (
        isinstance(old, dict) and isinstance(new, dict) and "hash" in old and old["hash"] == new.get("hash")
    )
    if not same:
        yield path, old, new


def _documents(old: Value, new: Value) -> tuple[Value, Value] | None:
    """Read two JSON documents given as strings, so that a policy's difference shows where it lies."""
    if not (isinstance(old, str) and isinstance(new, str) and old[:1] in "{[" and new[:1] in "{["):
        return None
    try:
        left, right = json.loads(old), json.loads(new)
    except ValueError:
        return None
    return left, right
