"""Carries out `ignore_changes`: keeps the recorded value of what a program does not want to manage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sandbox.engine.values import wire
from sandbox.engine.values.paths import Path, Wildcard, parse
from sandbox.engine.values.wire import Value, Wire

_MISSING = object()


def keep_ignored(inputs: Wire, old: Mapping[str, Value], ignored: Iterable[str]) -> Wire:
    """Put the recorded value at each ignored property path; what was not recorded there is left out.

    A path that leads through something absent, or not known yet, changes nothing. Raises ValueError for a
    malformed path.
    """
    kept: Value = inputs
    for path in ignored:
        kept = _kept(kept, dict(old), parse(path))
    return dict(kept)


def _kept(new: Value, old: Value, path: Path) -> Value:
    if not path:
        return old
    if wire.signature(new) == wire.SECRET:
        return wire.conceal(_kept(new.get("value"), _opened(old), path))
    if wire.signature(old) == wire.SECRET:
        return wire.conceal(_kept(new, _opened(old), path))
    if isinstance(new, dict):
        return _kept_in_object(new, old if isinstance(old, dict) else {}, path)
    if isinstance(new, list) and isinstance(old, list):
        return _kept_in_list(new, old, path)
    return new


def _opened(value: Value) -> Value:
    return value.get("value") if wire.signature(value) == wire.SECRET else value


def _kept_in_object(new: Wire, old: Wire, path: Path) -> Wire:
    part, rest = path[0], path[1:]
    names = {*new, *old} if part is Wildcard.EVERY else {part}
    merged = dict(new)
    for name in (name for name in names if isinstance(name, str)):
        if rest and name not in new:
            continue
        value = _kept(new.get(name, _MISSING), old.get(name, _MISSING), rest)
        if value is _MISSING:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def _kept_in_list(new: list[Value], old: list[Value], path: Path) -> list[Value]:
    part, rest = path[0], path[1:]
    both = range(min(len(new), len(old)))
    places = both if part is Wildcard.EVERY else [part] if isinstance(part, int) and part in both else []
    merged = list(new)
    for place in places:
        merged[place] = _kept(new[place], old[place], rest)
    return merged
