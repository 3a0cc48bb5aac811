"""Reads a version from its documents, and of those only what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from policies.calls.versions.documents import (
    Bucket,
    Cases,
    DocumentKind,
    Index,
    Manifest,
    PlacedRule,
    Root,
    Rule,
    RulePlace,
    Slice,
    bucket_from,
    bucket_of,
    cases_from,
    index_from,
    manifest_from,
    root_from,
    slice_from,
)
from policies.calls.versions.errors import StoreCorruptError

V = TypeVar("V")


class DocumentSource(Protocol):
    """Where the documents of a version are read from."""

    @property
    def table(self) -> str:
        """The table's name, for error messages."""

    def load(self, kind: DocumentKind, name: str) -> str:
        """The body of a document, whose hash has been compared with its name. Raises StoreError."""


class StoredVersion:
    """A version, read as far as it is asked for, and each document at most once.

    Every method may raise StoreError.
    """

    def __init__(self, store: DocumentSource, version: str) -> None:
        self._store = store
        self._read_before: dict[tuple[DocumentKind, str], object] = {}
        self.version = version

    @property
    def root(self) -> Root:
        """The root document."""
        return self._read("root", self.version, root_from)

    @property
    def schema(self) -> str:
        """The schema, in Cedar's syntax."""
        return self._read("schema", self.root.schema, str)

    @property
    def index(self) -> Index:
        """The index, which finds rules by their ids."""
        return self._read("index", self.root.index, index_from)

    @property
    def cases(self) -> Cases:
        """The cases that are published with it."""
        return self._read("cases", self.root.cases, cases_from)

    def manifest_name(self, principal: str | None) -> str | None:
        """The digest of the manifest of a principal (None: of rules about every one), or None."""
        root = self.root
        if principal is None:
            return root.everyone
        return root.services.get(principal) or root.others.get(principal)

    def manifest(self, principal: str | None) -> Manifest:
        """The manifest of a principal; an empty one if the version does not know it."""
        name = self.manifest_name(principal)
        return Manifest() if name is None else self._read("manifest", name, manifest_from)

    def slice_names(self, place: RulePlace) -> tuple[str, ...]:
        """The digests of the slices for this principal and action."""
        principal, action = place
        manifest = self.manifest(principal)
        return manifest.any_action if action is None else manifest.actions.get(action, ())

    def slice(self, name: str) -> Slice:
        """A slice by its digest."""
        return self._read("slice", name, slice_from)

    def rules(self, place: RulePlace) -> tuple[Rule, ...]:
        """The rules for this principal and action, by id."""
        rules = (rule for name in self.slice_names(place) for rule in self.slice(name).rules)
        return tuple(sorted(rules, key=lambda rule: rule.id))

    def bucket(self, name: str) -> Bucket:
        """A part of the index by its name."""
        digest = self.index.buckets.get(name)
        return Bucket(places={}) if digest is None else self._read("bucket", digest, bucket_from)

    def find(self, policy: str) -> PlacedRule | None:
        """A rule by the id of its policy; None if there is no such policy."""
        place = self.bucket(bucket_of(policy)).places.get(policy)
        if place is None:
            return None
        for name in self.slice_names(place):
            for rule in self.slice(name).rules:
                if rule.id == policy:
                    return rule, place
        raise StoreCorruptError(f"the policy `{policy}` is not where the index says", table=self._store.table)

    def principals(self) -> Iterator[str | None]:
        """Every principal that has a manifest, None (every one) first, then by name."""
        root = self.root
        yield None
        yield from sorted({*root.services, *root.others})

    def places(self, principal: str | None) -> Iterator[RulePlace]:
        """The principal and action of each slice of a principal."""
        manifest = self.manifest(principal)
        if manifest.any_action:
            yield principal, None
        for action in sorted(manifest.actions):
            yield principal, action

    def policies(self, after: str | None = None) -> Iterator[PlacedRule]:
        """Every rule, by principal, action and id; with `after`, those that follow the rule of this id."""
        found = None if after is None else self.find(after)
        for principal in self.principals():
            if found and _sort_key((principal, None))[:2] < _sort_key(found[1])[:2]:
                continue
            for place in self.places(principal):
                if found and _sort_key(place) < _sort_key(found[1]):
                    continue
                for rule in self.rules(place):
                    if found is None or _sort_key(place) > _sort_key(found[1]) or rule.id > found[0].id:
                        yield rule, place

    def _read(self, kind: DocumentKind, name: str, parse: Callable[[str], V]) -> V:
        """Read a document, or give what it was parsed to before; the type follows from the kind."""
        known = self._read_before.get((kind, name))
        if known is None:
            body = self._store.load(kind, name)
            try:
                known = self._read_before[kind, name] = parse(body)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise StoreCorruptError(
                    f"the {kind} `{name}` is not in the form that this function reads",
                    table=self._store.table,
                    hint="deploy the function and publish the policies from the same release",
                ) from error
        return known  # type: ignore[return-value]


def _sort_key(place: RulePlace) -> tuple[bool, str, bool, str]:
    """Sorts None (every principal, every action) first."""
    principal, action = place
    return principal is not None, principal or "", action is not None, action or ""
