"""Makes the next version from a stored one, and rewrites only the documents that a change affects.

    change of a policy -> its slice, the manifest of its principal, its bucket of the index, index, root

The result equals, document for document, cutting the whole set anew. So the cost does not grow with the size
of the set, and equal sets have one version name, however they were made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from policies.calls.versions.catalogue import Catalogue, targets_of
from policies.calls.versions.comparison import PolicyDifference
from policies.calls.versions.documents import (
    Bucket,
    Cases,
    Index,
    Item,
    JsonCase,
    Manifest,
    PlacedRule,
    Rule,
    RulePlace,
    Slice,
    bucket_of,
    item,
)
from policies.calls.versions.slices import (
    MAX_SLICE_BYTES,
    part_number,
    require_fitting,
    slice_parts,
)
from policies.calls.versions.version import StoredVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The next version: its root, the documents that the version before does not have, and what changed."""

    root: Item
    items: tuple[Item, ...]
    policies: int
    difference: PolicyDifference

    @property
    def version(self) -> str:
        """The name of the version."""
        return self.root.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacements:
    """What takes the place of a version's schema, cases and catalogue; None leaves it as it is.

    `actions` are those of the new schema.
    """

    schema: str | None = None
    actions: Sequence[str] = ()
    cases: Sequence[JsonCase] | None = None
    catalogue: Catalogue | None = None


_NONE = Replacements()


def revise(
    base: StoredVersion, changes: Mapping[str, PlacedRule | None], replaced: Replacements = _NONE
) -> Revision:
    """Make the next version: put the rules of `changes`, by id, and remove those of which it has None.

    Removing what is not there changes nothing. Raises TooLargeError, or StoreError from reading `base`.
    """
    reviser = _Reviser(base, replaced)
    reviser.change(changes)
    return reviser.revision()


class _Reviser:
    """Collects the changed documents of the next version."""

    def __init__(self, base: StoredVersion, replaced: Replacements) -> None:
        self._base = base
        self._replacements = replaced
        self._items: dict[str, Item] = {}
        self._added: list[str] = []
        self._removed: list[str] = []
        self._replaced: list[str] = []
        self._buckets: dict[str, dict[str, RulePlace]] = {}
        self._slices: dict[str | None, dict[str | None, tuple[str, ...]]] = defaultdict(dict)

    def change(self, changes: Mapping[str, PlacedRule | None]) -> None:
        """Cut anew the slices that the changes are about."""
        groups: dict[RulePlace, dict[str, Rule | None]] = defaultdict(dict)
        for name, wanted in sorted(changes.items()):
            found = self._base.find(name)
            if found == wanted:
                continue
            (self._replaced if found and wanted else self._added if wanted else self._removed).append(name)
            if found is not None:
                groups[found[1]][name] = None
            if wanted is not None:
                groups[wanted[1]][name] = wanted[0]
            if found is None or wanted is None or found[1] != wanted[1]:
                self._move_in_index(name, None if wanted is None else wanted[1])
        for place, rules in groups.items():
            principal, action = place
            self._slices[principal][action] = self._recut_slices(place, rules)

    def _move_in_index(self, name: str, place: RulePlace | None) -> None:
        bucket = bucket_of(name)
        places = self._buckets.setdefault(bucket, dict(self._base.bucket(bucket).places))
        if place is None:
            places.pop(name, None)
        else:
            places[name] = place

    def _recut_slices(self, place: RulePlace, changes: Mapping[str, Rule | None]) -> tuple[str, ...]:
        """The digests of a place's slices after the changes."""
        names = self._base.slice_names(place)
        if len(names) > 1 and (alone := self._recut_parts(names, changes)):
            return alone
        rules = {rule.id: rule for rule in self._base.rules(place)}
        rules |= {name: rule for name, rule in changes.items() if rule is not None}
        kept = sorted(name for name in rules if changes.get(name, rules[name]) is not None)
        return tuple(self._add(part) for part in slice_parts([rules[name] for name in kept])) if kept else ()

    def _recut_parts(
        self, names: tuple[str, ...], changes: Mapping[str, Rule | None]
    ) -> tuple[str, ...] | None:
        """Rewrite only the parts that changes fall into; None if the slice has to be cut anew.

        That is so when a part shrinks (fewer could do) or becomes too large (more are needed).
        """
        count = len(names)
        if count & (count - 1):  # an empty part is left out; which one it is cannot be told from the names
            return None
        held: dict[int, dict[str, Rule | None]] = defaultdict(dict)
        for name, rule in changes.items():
            held[part_number(name, count)][name] = rule
        made = list(names)
        for number, own in held.items():
            before = self._base.slice(names[number]).rules
            if any(part_number(rule.id, count) != number for rule in before):
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
        """Put the next version together."""
        base, new = self._base, self._replacements
        root = base.root
        services, others, everyone = self._change_manifests()
        index = self._change_index()
        schema, cases = root.schema, root.cases
        if new.schema is not None:
            schema = self._add(require_fitting("the schema", item("schema", new.schema)))
        if new.cases is not None:
            cases = self._add(
                require_fitting("the list of cases", item("cases", Cases(cases=tuple(new.cases))))
            )
        made = replace(
            root,
            schema=schema,
            cases=cases,
            index=index,
            intents=tuple(sorted(new.actions)) if new.schema is not None else root.intents,
            everyone=everyone,
            services=services,
            others=others,
        )
        count = base.index.policies + len(self._added) - len(self._removed)
        return Revision(
            root=require_fitting("the list of services", item("root", made)),
            items=tuple(self._items.values()),
            policies=count,
            difference=PolicyDifference(
                added=tuple(self._added), removed=tuple(self._removed), replaced=tuple(self._replaced)
            ),
        )

    def _change_manifests(self) -> tuple[dict[str, str], dict[str, str], str]:
        """The manifests by service, by other principal, and about everyone."""
        root, catalogue = self._base.root, self._replacements.catalogue
        names = tuple(root.services) if catalogue is None else catalogue.services
        targets = None if catalogue is None else targets_of(catalogue.calls)
        everyone = self._change_manifest(None, {} if targets is not None else None) or root.everyone
        services = {
            name: self._change_manifest(name, None if targets is None else targets.get(name, {}))
            or self._base.manifest_name(name)
            or self._add(item("manifest", Manifest()))
            for name in names
        }
        known = {*root.services, *root.others, *self._slices}
        others: dict[str, str] = {}
        for name in sorted({name for name in known if name is not None} - set(names)):
            if targets is None and name in root.others and name not in self._slices:
                # it does not change, and reading every manifest would make the cost grow with the set
                others[name] = root.others[name]
            elif any(self._slices_of(name).values()):
                made = self._change_manifest(name, None if targets is None else targets.get(name, {}))
                others[name] = made or str(self._base.manifest_name(name))
        return services, others, everyone

    def _slices_of(self, principal: str | None) -> dict[str | None, tuple[str, ...]]:
        before = self._base.manifest(principal)
        slices: dict[str | None, tuple[str, ...]] = {None: before.any_action}
        slices.update(before.actions.items())
        return slices | self._slices.get(principal, {})

    def _change_manifest(
        self, principal: str | None, targets: Mapping[str, tuple[str, ...]] | None
    ) -> str | None:
        """The digest of a principal's new manifest; None if it does not change."""
        before = self._base.manifest(principal) if principal in self._slices or targets is not None else None
        if before is None:
            return None
        slices = self._slices_of(principal)
        manifest = Manifest(
            actions={name: digests for name, digests in slices.items() if name is not None and digests},
            any_action=slices[None],
            targets=before.targets if targets is None else targets,
        )
        if manifest == before and self._base.manifest_name(principal) is not None:
            return None
        what = f"the manifest of `{principal or 'everyone'}`"
        return self._add(require_fitting(what, item("manifest", manifest)))

    def _change_index(self) -> str:
        if not self._buckets:
            return self._base.root.index
        buckets = dict(self._base.index.buckets)
        for name, places in self._buckets.items():
            if places:
                buckets[name] = self._add(require_fitting("the index", item("bucket", Bucket(places=places))))
            else:
                buckets.pop(name, None)
        count = self._base.index.policies + len(self._added) - len(self._removed)
        return self._add(item("index", Index(buckets=buckets, policies=count)))

    def _add(self, entry: Item) -> str:
        self._items[entry.digest] = entry
        return entry.digest
