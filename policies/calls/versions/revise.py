"""Makes the next version from the one before, touching only what a change is about.

    change of a policy -> its slice, the manifest of its principal, its bucket of the index, index, root

What comes out is, document for document, what cutting the whole set anew would give; so the cost does not
grow with the set, and a version has one name, whichever way it came about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policies.calls.versions.catalogue import Catalogue, targets_of
from policies.calls.versions.documents import (
    Bucket,
    Cases,
    Effect,
    Index,
    Item,
    Manifest,
    Place,
    Rule,
    Slice,
    bucket_of,
    item,
)
from policies.calls.versions.slices import (
    MAX_SLICE_BYTES,
    Policy,
    fitting,
    part_of,
    parts,
)
from policies.calls.versions.version import StoredVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Which policies one set has and another has not, by id; each in order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A rule with its place, as the cutter wants policies."""

    id: str
    reason: str
    effect: Effect
    principal: str | None
    action: str | None
    text: str

    @staticmethod
    def of(rule: Rule, place: Place) -> Placed:
        """Of a rule as it is stored."""
        return Placed(
            id=rule.id,
            reason=rule.reason,
            effect=rule.effect,
            principal=place[0],
            action=place[1],
            text=rule.text,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The next version: its root, the documents that the version before has not, and what changed."""

    root: Item
    items: tuple[Item, ...]
    policies: int
    difference: Difference

    @property
    def version(self) -> str:
        """The name of the version."""
        return self.root.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a version has besides policies; None leaves it as it is."""

    schema: str | None = None
    actions: Sequence[str] = ()
    cases: Sequence[Mapping[str, Any]] | None = None
    catalogue: Catalogue | None = None


_SAME = Surroundings()


def revise(
    base: StoredVersion, changes: Mapping[str, Policy | None], surroundings: Surroundings = _SAME
) -> Revision:
    """Put the policies of `changes`, take away those whose id leads to None; may raise TooLargeError.

    Taking away what is not there changes nothing.
    """
    work = _Work(base, surroundings)
    work.change(changes)
    return work.revision()


class _Work:
    """The parts of the next version that differ so far."""

    def __init__(self, base: StoredVersion, surroundings: Surroundings) -> None:
        self._base = base
        self._around = surroundings
        self._items: dict[str, Item] = {}
        self._added: list[str] = []
        self._removed: list[str] = []
        self._replaced: list[str] = []
        self._buckets: dict[str, dict[str, Place]] = {}
        self._slices: dict[str | None, dict[str | None, tuple[str, ...]]] = defaultdict(dict)

    def change(self, changes: Mapping[str, Policy | None]) -> None:
        """Cut anew the slices that the changes are about."""
        groups: dict[Place, dict[str, Rule | None]] = defaultdict(dict)
        for name, policy in sorted(changes.items()):
            found = self._base.find(name)
            wanted = None if policy is None else _rule(policy)
            place = None if policy is None else (policy.principal, policy.action)
            if found == (None if wanted is None else (wanted, place)):
                continue
            (self._replaced if found and wanted else self._added if wanted else self._removed).append(name)
            if found is not None:
                groups[found[1]][name] = None
            if wanted is not None and place is not None:
                groups[place][name] = wanted
            if found is None or found[1] != place:
                self._index(name, place)
        for place, rules in groups.items():
            principal, action = place
            self._slices[principal][action] = self._recut(place, rules)

    def _index(self, name: str, place: Place | None) -> None:
        bucket = bucket_of(name)
        places = self._buckets.setdefault(bucket, dict(self._base.bucket(bucket).places))
        if place is None:
            places.pop(name, None)
        else:
            places[name] = place

    def _recut(self, place: Place, changes: Mapping[str, Rule | None]) -> tuple[str, ...]:
        """The digests of a place's slices after the changes."""
        names = self._base.parts(place)
        if len(names) > 1 and (alone := self._parts_alone(names, changes)):
            return alone
        rules = {rule.id: rule for rule in self._base.rules(place)}
        rules |= {name: rule for name, rule in changes.items() if rule is not None}
        kept = sorted(name for name in rules if changes.get(name, rules[name]) is not None)
        return tuple(self._add(part) for part in parts([rules[name] for name in kept])) if kept else ()

    def _parts_alone(
        self, names: tuple[str, ...], changes: Mapping[str, Rule | None]
    ) -> tuple[str, ...] | None:
        """Change only those of many parts that a change falls into; None when all have to be cut anew.

        Fewer parts could do only if one of them shrinks, and more are needed only if one becomes too large.
        """
        count = len(names)
        if count & (count - 1):  # a part is missing because it would be empty: which one, only the rules say
            return None
        held: dict[int, dict[str, Rule | None]] = defaultdict(dict)
        for name, rule in changes.items():
            held[part_of(name, count)][name] = rule
        made = list(names)
        for number, own in held.items():
            before = self._base.slice(names[number]).rules
            if any(part_of(rule.id, count) != number for rule in before):
                return None
            rules = {rule.id: rule for rule in before} | {n: rule for n, rule in own.items() if rule}
            kept = tuple(rules[n] for n in sorted(rules) if own.get(n, rules[n]) is not None)
            part = item("slice", Slice(rules=kept))
            size, was = len(part.body.encode()), len(item("slice", Slice(rules=before)).body.encode())
            if not was <= size <= MAX_SLICE_BYTES:
                return None
            made[number] = self._add(part)
        return tuple(made)

    def revision(self) -> Revision:
        """The version that all of it makes."""
        base, around = self._base, self._around
        root = base.root
        services, others, everyone = self._manifests()
        index = self._new_index()
        schema, cases = root.schema, root.cases
        if around.schema is not None:
            schema = self._add(fitting("the schema", item("schema", around.schema)))
        if around.cases is not None:
            cases = self._add(fitting("the list of cases", item("cases", Cases(cases=tuple(around.cases)))))
        made = replace(
            root,
            schema=schema,
            cases=cases,
            index=index,
            intents=tuple(sorted(around.actions)) if around.schema is not None else root.intents,
            everyone=everyone,
            services=services,
            others=others,
        )
        count = base.index.policies + len(self._added) - len(self._removed)
        return Revision(
            root=fitting("the list of services", item("root", made)),
            items=tuple(self._items.values()),
            policies=count,
            difference=Difference(
                added=tuple(self._added), removed=tuple(self._removed), replaced=tuple(self._replaced)
            ),
        )

    def _manifests(self) -> tuple[dict[str, str], dict[str, str], str]:
        """The manifests by service, by other principal, and about everyone."""
        root, catalogue = self._base.root, self._around.catalogue
        names = tuple(root.services) if catalogue is None else catalogue.services
        targets = None if catalogue is None else targets_of(catalogue.calls)
        everyone = self._manifest(None, {} if targets is not None else None) or root.everyone
        services = {
            name: self._manifest(name, None if targets is None else targets.get(name, {}))
            or self._base.manifest_name(name)
            or self._add(item("manifest", Manifest()))
            for name in names
        }
        known = {*root.services, *root.others, *self._slices}
        others: dict[str, str] = {}
        for name in sorted({name for name in known if name is not None} - set(names)):
            if targets is None and name in root.others and name not in self._slices:
                # nothing about it changes, and reading every one would make a change cost what the set costs
                others[name] = root.others[name]
            elif any(self._all_slices(name).values()):
                made = self._manifest(name, None if targets is None else targets.get(name, {}))
                others[name] = made or str(self._base.manifest_name(name))
        return services, others, everyone

    def _all_slices(self, principal: str | None) -> dict[str | None, tuple[str, ...]]:
        before = self._base.manifest(principal)
        slices: dict[str | None, tuple[str, ...]] = {None: before.any_action}
        slices.update(before.actions.items())
        return slices | self._slices.get(principal, {})

    def _manifest(self, principal: str | None, targets: Mapping[str, tuple[str, ...]] | None) -> str | None:
        """The digest of a changed manifest; None when it stays as it is."""
        before = self._base.manifest(principal) if principal in self._slices or targets is not None else None
        if before is None:
            return None
        slices = self._all_slices(principal)
        manifest = Manifest(
            actions={name: digests for name, digests in slices.items() if name is not None and digests},
            any_action=slices[None],
            targets=before.targets if targets is None else targets,
        )
        if manifest == before and self._base.manifest_name(principal) is not None:
            return None
        what = f"the manifest of `{principal or 'everyone'}`"
        return self._add(fitting(what, item("manifest", manifest)))

    def _new_index(self) -> str:
        if not self._buckets:
            return self._base.root.index
        buckets = dict(self._base.index.buckets)
        for name, places in self._buckets.items():
            if places:
                buckets[name] = self._add(fitting("the index", item("bucket", Bucket(places=places))))
            else:
                buckets.pop(name, None)
        count = self._base.index.policies + len(self._added) - len(self._removed)
        return self._add(item("index", Index(buckets=buckets, policies=count)))

    def _add(self, entry: Item) -> str:
        self._items[entry.digest] = entry
        return entry.digest


def compare(before: StoredVersion, after: StoredVersion) -> dict[str, tuple[Rule, Place] | None]:
    """What `after` has in place of what `before` has, by id; None for what it lacks. Reads what differs."""
    was, now = (dict(_differing(one, other)) for one, other in ((before, after), (after, before)))
    changed = {name: now.get(name) for name in {*was, *now} if was.get(name) != now.get(name)}
    return dict(sorted(changed.items()))


def difference(before: StoredVersion, changes: Iterable[tuple[str, object | None]]) -> Difference:
    """Sort the ids of changes into added, removed and replaced ones."""
    added, removed, replaced = list[str](), list[str](), list[str]()
    for name, now in changes:
        was = before.find(name)
        (removed if now is None else added if was is None else replaced).append(name)
    return Difference(added=tuple(added), removed=tuple(removed), replaced=tuple(replaced))


def _differing(one: StoredVersion, other: StoredVersion) -> Iterable[tuple[str, tuple[Rule, Place]]]:
    """The policies of `one` in slices that `other` does not have in the same place."""
    for principal in one.principals():
        if one.manifest_name(principal) == other.manifest_name(principal):
            continue
        for place in one.places(principal):
            there = set(other.parts(place))
            for name in one.parts(place):
                if name not in there:
                    yield from ((rule.id, (rule, place)) for rule in one.slice(name).rules)


def _rule(policy: Policy) -> Rule:
    return Rule(id=policy.id, effect=policy.effect, reason=policy.reason, text=policy.text)
