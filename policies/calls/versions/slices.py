"""Cuts a policy set into content-addressed slices. Pure: values in, documents out.

A slice holds the rules with one principal and one action. Rules about every principal or every action are
in slices of their own, and a decision evaluates them together with the exact ones, so leaving out the rest
changes nothing: Cedar never applies a policy whose scope does not match. A slice too large for one item is
cut into 2, 4, 8... parts by the hash of the policies' ids, so that a change rewrites one part.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from policies.calls.versions.catalogue import Catalogue, targets_of
from policies.calls.versions.documents import (
    Bucket,
    Cases,
    Effect,
    Index,
    Item,
    Manifest,
    Place,
    Root,
    Rule,
    Slice,
    bucket_of,
    item,
)
from policies.calls.versions.errors import RulesError, TooLargeError

# DynamoDB allows 400 KB an item, keys and attribute names included
MAX_BODY_BYTES = 380 * 1024
MAX_SLICE_BYTES = 256 * 1024


class Policy(Protocol):
    """A checked policy; `principal` and `action` are None where it applies to more than one."""

    @property
    def id(self) -> str:
        """Unique in the set."""

    @property
    def reason(self) -> str:
        """What an answer tells a person."""

    @property
    def effect(self) -> Effect:
        """Permit or forbid."""

    @property
    def principal(self) -> str | None:
        """The one service it is about."""

    @property
    def action(self) -> str | None:
        """The one intent it is about."""

    @property
    def text(self) -> str:
        """The policy in Cedar."""


class Sources(Protocol):
    """A checked policy set."""

    @property
    def policies(self) -> Sequence[Policy]:
        """In any order."""

    @property
    def schema(self) -> str:
        """The schema in Cedar's own syntax."""

    @property
    def actions(self) -> Sequence[str]:
        """The intents that the schema knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """A whole version: its root, and everything that the root refers to, each document once."""

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
        """Every document, each after those it refers to; the last one is the root."""
        return (self.schema, self.cases, *self.slices, *self.manifests, *self.index, self.root)


def cut(sources: Sources, catalogue: Catalogue, cases: Sequence[Mapping[str, Any]] = ()) -> PolicyVersion:
    """Cut a set into documents; the same set in any order gives the same version. Raises TooLargeError.

    `cases` are kept with the version, in their order.
    """
    grouped = _grouped(sources.policies)
    slices = {
        principal: {action: parts(rules) for action, rules in actions.items()}
        for principal, actions in grouped.items()
    }
    targets = targets_of(catalogue.calls)
    manifests = {
        name: fitting(
            f"the manifest of `{name or 'everyone'}`",
            item("manifest", _manifest(slices.get(name, {}), targets.get(name, {}))),
        )
        for name in {None, *catalogue.services, *slices}
    }
    schema = fitting("the schema", item("schema", sources.schema))
    kept_cases = fitting("the list of cases", item("cases", Cases(cases=tuple(cases))))
    buckets = _buckets(sources.policies)
    digests = {name: bucket.digest for name, bucket in buckets.items()}
    index = item("index", Index(buckets=digests, policies=len(sources.policies)))
    root = Root(
        schema=schema.digest,
        index=index.digest,
        cases=kept_cases.digest,
        intents=tuple(sorted(sources.actions)),
        everyone=manifests[None].digest,
        services={name: manifests[name].digest for name in catalogue.services},
        others={
            name: manifests[name].digest
            for name in slices
            if name is not None and name not in catalogue.services
        },
    )
    return PolicyVersion(
        root=fitting("the list of services", item("root", root)),
        manifests=_once(manifests.values()),
        slices=_once(part for actions in slices.values() for group in actions.values() for part in group),
        index=(*_once(buckets.values()), index),
        schema=schema,
        cases=kept_cases,
        policies=len(sources.policies),
    )


def needed(intent: str, *manifests: Manifest) -> tuple[str, ...]:
    """The digests of the slices that a decision about this intent evaluates together."""
    names: tuple[str, ...] = ()
    for manifest in manifests:
        names += manifest.actions.get(intent, ()) + manifest.any_action
    return names


def _grouped(policies: Iterable[Policy]) -> dict[str | None, dict[str | None, list[Rule]]]:
    groups: dict[str | None, dict[str | None, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    previous = None
    for policy in sorted(policies, key=lambda policy: policy.id):
        if policy.id == previous:
            raise RulesError(f"two policies have the id `{policy.id}`", hint="give each an id of its own")
        previous = policy.id
        rule = Rule(id=policy.id, effect=policy.effect, reason=policy.reason, text=policy.text)
        groups[policy.principal][policy.action].append(rule)
    return groups


def part_of(policy: str, count: int) -> int:
    """Which of a slice's `count` parts the policy of this id is in."""
    return int.from_bytes(hashlib.sha256(policy.encode()).digest()[:8], "big") % count


def parts(rules: Sequence[Rule]) -> tuple[Item, ...]:
    """The slices of one principal and action: the fewest parts, a power of two of them, that all fit.

    `rules` are in the order of their ids.
    """
    count = 1
    while True:
        groups: dict[int, list[Rule]] = defaultdict(list)
        for rule in rules:
            groups[part_of(rule.id, count)].append(rule)
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


def _buckets(policies: Iterable[Policy]) -> dict[str, Item]:
    """The buckets of the index by their names."""
    places: dict[str, dict[str, Place]] = defaultdict(dict)
    for policy in policies:
        places[bucket_of(policy.id)][policy.id] = (policy.principal, policy.action)
    return {name: fitting("the index", item("bucket", Bucket(places=held))) for name, held in places.items()}


def _once(items: Iterable[Item]) -> tuple[Item, ...]:
    unique = {entry.digest: entry for entry in items}
    return tuple(unique[name] for name in sorted(unique))


def fitting(what: str, entry: Item) -> Item:
    """The document itself, if one item of the store can hold it. Raises TooLargeError."""
    size = len(entry.body.encode())
    if size > MAX_BODY_BYTES:
        raise TooLargeError(what=what, size=size, limit=MAX_BODY_BYTES)
    return entry
