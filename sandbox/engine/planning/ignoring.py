"""Carries out `ignore_changes`: keeps the recorded value of what a program does not want to manage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sandbox.engine.values.paths import Path, Wildcard, parse
from sandbox.engine.values.properties import PropertyMap, PropertyValue, SecretValue, mark_secret

_MISSING = object()


def keep_ignored(
    inputs: PropertyMap, old: Mapping[str, PropertyValue], ignored: Iterable[str]
) -> PropertyMap:
    """Put the recorded value at each ignored property path; what was not recorded there is left out.

    A path that leads through something absent, or not known yet, changes nothing. Raises ValueError for a
    malformed path.
    """
    merged: PropertyValue = inputs
    for path in ignored:
        merged = _keep(merged, dict(old), parse(path))
    return dict(merged)


def _keep(new: PropertyValue, old: PropertyValue, path: Path) -> PropertyValue:
    if not path:
        return old
    if isinstance(new, SecretValue) or isinstance(old, SecretValue):
        return mark_secret(_keep(_opened(new), _opened(old), path))
    if isinstance(new, dict):
        return _keep_in_object(new, old if isinstance(old, dict) else {}, path)
    if isinstance(new, list) and isinstance(old, list):
        return _keep_in_list(new, old, path)
    return new


def _opened(value: PropertyValue) -> PropertyValue:
    return value.value if isinstance(value, SecretValue) else value


def _keep_in_object(new: PropertyMap, old: PropertyMap, path: Path) -> PropertyMap:
    part, rest = path[0], path[1:]
    names = {*new, *old} if part is Wildcard.EVERY else {part}
    merged = dict(new)
    for name in (name for name in names if isinstance(name, str)):
        if rest and name not in new:
            continue
        value = _keep(new.get(name, _MISSING), old.get(name, _MISSING), rest)
        if value is _MISSING:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def _keep_in_list(new: list[PropertyValue], old: list[PropertyValue], path: Path) -> list[PropertyValue]:
    part, rest = path[0], path[1:]
    both = range(min(len(new), len(old)))
    places = both if part is Wildcard.EVERY else [part] if isinstance(part, int) and part in both else []
    merged = list(new)
    for place in places:
        merged[place] = _keep(new[place], old[place], rest)
    return merged
