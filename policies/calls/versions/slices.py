"""Cuts a policy set into the documents of a version. Pure: values in, documents out.

A slice holds the rules for one principal and one action. Rules about every principal or every action are in
slices of their own. A decision evaluates the exact slices together with those, and no other: Cedar never
applies a policy whose scope does not match. A slice that is too large for one item is cut into 2, 4, 8...
parts by the hash of the policies' ids, so that a change rewrites one part.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from policies.calls.language.values import Policy, PolicySources
from policies.calls.versions.catalogue import Catalogue, targets_of
from policies.calls.versions.documents import (
    Bucket,
    Cases,
    Index,
    Item,
    JsonCase,
    Manifest,
    PlacedRule,
    Root,
    Rule,
    RulePlace,
    Slice,
    bucket_of,
    item,
)
from policies.calls.versions.errors import RulesError, TooLargeError

# DynamoDB allows 400 KB an item, keys and attribute names included
MAX_BODY_BYTES = 380 * 1024
MAX_SLICE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """A version that has been cut: all of its documents, each once."""

    root: Item
    manifests: tuple[Item, ...]
    slices: tuple[Item, ...]
    index: tuple[Item, ...]
    schema: Item
    cases: Item
    policies: int

    @property
    def version(self) -> str:
        """The name of the version: the digest of its root."""
        return self.root.digest

    @property
    def items(self) -> tuple[Item, ...]:
        """Every document, each after those that it refers to; the root is the last."""
        return (self.schema, self.cases, *self.slices, *self.manifests, *self.index, self.root)


def cut(sources: PolicySources, catalogue: Catalogue, cases: Sequence[JsonCase] = ()) -> PolicyVersion:
    """Cut a checked set into documents; the same set in any order gives the same version.

    `cases` are kept with the version, in their order. Raises TooLargeError.
    """
    rules = [rule_of(policy) for policy in sources.policies]
    return cut_rules(rules, sources.schema, sources.actions, catalogue, cases)


def rule_of(policy: Policy) -> PlacedRule:
    """The rule that a written policy is stored as, and which slice it is in."""
    rule = Rule(
        id=policy.id,
        effect=policy.effect,
        reason=policy.reason,
        text=policy.text,
        target=policy.resource,
    )
    return rule, (policy.principal, policy.action)


def cut_rules(
    rules: Sequence[PlacedRule],
    schema: str,
    intents: Iterable[str],
    catalogue: Catalogue,
    cases: Sequence[JsonCase] = (),
) -> PolicyVersion:
    """Cut rules, as `cut` does policies. `intents` are the actions of the schema, in any order."""
    slices = {
        principal: {action: slice_parts(grouped) for action, grouped in actions.items()}
        for principal, actions in _group(rules).items()
    }
    targets = targets_of(catalogue.calls)
    manifests = {
        name: require_fitting(
            f"the manifest of `{name or 'everyone'}`",
            item("manifest", _manifest(slices.get(name, {}), targets.get(name, {}))),
        )
        for name in {None, *catalogue.services, *slices}
    }
    schema_item = require_fitting("the schema", item("schema", schema))
    cases_item = require_fitting("the list of cases", item("cases", Cases(cases=tuple(cases))))
    buckets = _buckets(rules)
    digests = {name: bucket.digest for name, bucket in buckets.items()}
    index = item("index", Index(buckets=digests, policies=len(rules)))
    root = Root(
        schema=schema_item.digest,
        index=index.digest,
        cases=cases_item.digest,
        intents=tuple(sorted(intents)),
        everyone=manifests[None].digest,
        services={name: manifests[name].digest for name in catalogue.services},
        others={
            name: manifests[name].digest
            for name in slices
            if name is not None and name not in catalogue.services
        },
    )
    return PolicyVersion(
        root=require_fitting("the list of services", item("root", root)),
        manifests=_once(manifests.values()),
        slices=_once(part for actions in slices.values() for group in actions.values() for part in group),
        index=(*_once(buckets.values()), index),
        schema=schema_item,
        cases=cases_item,
        policies=len(rules),
    )


def needed_slices(intent: str, *manifests: Manifest) -> tuple[str, ...]:
    """The digests of the slices in these manifests that a decision about this intent evaluates."""
    names: tuple[str, ...] = ()
    for manifest in manifests:
        names += manifest.actions.get(intent, ()) + manifest.any_action
    return names


def _group(placed: Iterable[PlacedRule]) -> dict[str | None, dict[str | None, list[Rule]]]:
    """Rules by principal and action, each group by id. Raises RulesError for an id that repeats."""
    groups: dict[str | None, dict[str | None, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    previous = None
    for rule, (principal, action) in sorted(placed, key=lambda each: each[0].id):
        if rule.id == previous:
            raise RulesError(f"two policies have the id `{rule.id}`", hint="give each an id of its own")
        previous = rule.id
        groups[principal][action].append(rule)
    return groups


def part_number(policy: str, count: int) -> int:
    """Which of a slice's `count` parts the policy with this id is in."""
    return int.from_bytes(hashlib.sha256(policy.encode()).digest()[:8], "big") % count


def slice_parts(rules: Sequence[Rule]) -> tuple[Item, ...]:
    """Cut the rules of one principal and action, given by id, into the fewest parts (2^n) that all fit.

    Raises TooLargeError for a rule that does not fit alone.
    """
    count = 1
    while True:
        groups: dict[int, list[Rule]] = defaultdict(list)
        for rule in rules:
            groups[part_number(rule.id, count)].append(rule)
        made = [(item("slice", Slice(rules=tuple(groups[at]))), len(groups[at])) for at in sorted(groups)]
        large = [(entry, held) for entry, held in made if len(entry.body.encode()) > MAX_SLICE_BYTES]
        if not large:
            return tuple(entry for entry, _ in made)
        for entry, held in large:
            if held == 1:
                raise TooLargeError(what="a policy", size=len(entry.body.encode()), limit=MAX_SLICE_BYTES)
        count *= 2


def _manifest(
    slices: Mapping[str | None, tuple[Item, ...]], targets: Mapping[str, tuple[str, ...]]
) -> Manifest:
    digests = {action: tuple(part.digest for part in parts) for action, parts in slices.items()}
    any_action = digests.pop(None, ())
    return Manifest(
        actions={action: names for action, names in digests.items() if action is not None},
        any_action=any_action,
        targets=targets,
    )


def _buckets(placed: Iterable[PlacedRule]) -> dict[str, Item]:
    """The buckets of the index by their names."""
    places: dict[str, dict[str, RulePlace]] = defaultdict(dict)
    for rule, place in placed:
        places[bucket_of(rule.id)][rule.id] = place
    return {
        name: require_fitting("the index", item("bucket", Bucket(places=held)))
        for name, held in places.items()
    }


def _once(items: Iterable[Item]) -> tuple[Item, ...]:
    unique = {entry.digest: entry for entry in items}
    return tuple(unique[name] for name in sorted(unique))


def require_fitting(what: str, entry: Item) -> Item:
    """Give a document back, if one item of the store can hold it. Raises TooLargeError."""
    size = len(entry.body.encode())
    if size > MAX_BODY_BYTES:
        raise TooLargeError(what=what, size=size, limit=MAX_BODY_BYTES)
    return entry
