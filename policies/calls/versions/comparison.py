"""Tells two versions apart: which policies one has and the other has not, or has otherwise.

Equal slices have equal names, so only those that differ are read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.calls.versions.documents import PlacedRule, Rule
from policies.calls.versions.version import StoredVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDifference:
    """Which policies one set has and another has not, by id; each in order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


def compare_rules(before: Iterable[Rule], after: Iterable[Rule]) -> PolicyDifference:
    """Compare two sets of rules."""
    old, new = ({rule.id: rule for rule in rules} for rules in (before, after))
    return PolicyDifference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        replaced=tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
    )


def changed_rules(before: StoredVersion, after: StoredVersion) -> dict[str, PlacedRule | None]:
    """What `after` has in place of what `before` has, by id; None for what it lacks. Reads what differs."""
    was, now = (dict(_differing(one, other)) for one, other in ((before, after), (after, before)))
    changed = {name: now.get(name) for name in {*was, *now} if was.get(name) != now.get(name)}
    return dict(sorted(changed.items()))


def difference_of(before: StoredVersion, changes: Iterable[tuple[str, object | None]]) -> PolicyDifference:
    """Sort the ids of changes into added, removed and replaced ones."""
    added, removed, replaced = list[str](), list[str](), list[str]()
    for name, now in changes:
        was = before.find(name)
        (removed if now is None else added if was is None else replaced).append(name)
    return PolicyDifference(added=tuple(added), removed=tuple(removed), replaced=tuple(replaced))


def _differing(one: StoredVersion, other: StoredVersion) -> Iterable[tuple[str, PlacedRule]]:
    """The policies of `one` in slices that `other` does not have in the same place."""
    for principal in one.principals():
        if one.manifest_name(principal) == other.manifest_name(principal):
            continue
        for place in one.places(principal):
            there = set(other.parts(place))
            for name in one.parts(place):
                if name not in there:
                    yield from ((rule.id, (rule, place)) for rule in one.slice(name).rules)
