"""Compares two versions: which policies were added, removed or replaced.

Equal slices have equal names, so only slices that differ are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policies.calls.versions.documents import PlacedRule, Rule
from policies.calls.versions.version import StoredVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDifference:
    """The ids of the policies that differ between two versions, each list in order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


def changed_rules(before: StoredVersion, after: StoredVersion) -> dict[str, PlacedRule | None]:
    """The rules of `after` that differ from those of `before`, by id; None for one that `after` lacks."""
    was, now = (dict(_rules_only_in(one, other)) for one, other in ((before, after), (after, before)))
    changed = {name: now.get(name) for name in {*was, *now} if was.get(name) != now.get(name)}
    return dict(sorted(changed.items()))


def changed_texts(before: StoredVersion, after: StoredVersion) -> dict[str, tuple[Rule | None, Rule | None]]:
    """Each rule that differs, by id, as it was and as it is; None where a version lacks it."""
    found: dict[str, tuple[Rule | None, Rule | None]] = {}
    for name, now in changed_rules(before, after).items():
        was = before.find(name)
        found[name] = (None if was is None else was[0], None if now is None else now[0])
    return found


def difference_between(texts: Mapping[str, tuple[Rule | None, Rule | None]]) -> PolicyDifference:
    """The ids of rules that differ, sorted into added, removed and replaced ones."""
    return PolicyDifference(
        added=tuple(sorted(name for name, (was, _) in texts.items() if was is None)),
        removed=tuple(sorted(name for name, (_, now) in texts.items() if now is None)),
        replaced=tuple(sorted(name for name, pair in texts.items() if None not in pair)),
    )


def difference_of(before: StoredVersion, changes: Iterable[tuple[str, object | None]]) -> PolicyDifference:
    """Sort the ids of changed rules into added, removed and replaced ones; None marks a removed one."""
    added, removed, replaced = list[str](), list[str](), list[str]()
    for name, now in changes:
        was = before.find(name)
        (removed if now is None else added if was is None else replaced).append(name)
    return PolicyDifference(added=tuple(added), removed=tuple(removed), replaced=tuple(replaced))


def _rules_only_in(one: StoredVersion, other: StoredVersion) -> Iterable[tuple[str, PlacedRule]]:
    """The rules of `one` in slices that `other` does not have for the same principal and action."""
    for principal in one.principals():
        if one.manifest_name(principal) == other.manifest_name(principal):
            continue
        for place in one.places(principal):
            there = set(other.slice_names(place))
            for name in one.slice_names(place):
                if name not in there:
                    yield from ((rule.id, (rule, place)) for rule in one.slice(name).rules)
