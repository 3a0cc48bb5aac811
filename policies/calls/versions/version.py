"""One stored version, read as far as it is asked for: which policies it has, and where each of them is."""

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
    """What a version is read from."""

    @property
    def table(self) -> str:
        """Its name."""

    def load(self, kind: DocumentKind, name: str) -> str:
        """The verified body of a document."""


class StoredVersion:
    """A version; each document is read at most once. Every method may raise StoreError."""

    def __init__(self, store: DocumentSource, version: str) -> None:
        """Nothing is read before it is asked for."""
        self._store = store
        self._read_before: dict[tuple[DocumentKind, str], object] = {}
        self.version = version

    @property
    def root(self) -> Root:
        """Its root."""
        return self._read("root", self.version, root_from)

    @property
    def schema(self) -> str:
        """The text of its schema."""
        return self._read("schema", self.root.schema, str)

    @property
    def index(self) -> Index:
        """Where its policies are found."""
        return self._read("index", self.root.index, index_from)

    @property
    def cases(self) -> Cases:
        """What its policies have to decide."""
        return self._read("cases", self.root.cases, cases_from)

    def manifest_name(self, principal: str | None) -> str | None:
        """The digest of the manifest about a principal (None: about everyone), or None if there is none."""
        root = self.root
        if principal is None:
            return root.everyone
        return root.services.get(principal) or root.others.get(principal)

    def manifest(self, principal: str | None) -> Manifest:
        """The manifest about a principal; an empty one when nothing is known of it."""
        name = self.manifest_name(principal)
        return Manifest() if name is None else self._read("manifest", name, manifest_from)

    def parts(self, place: RulePlace) -> tuple[str, ...]:
        """The digests of the slices that hold the policies of one principal and action."""
        principal, action = place
        manifest = self.manifest(principal)
        return manifest.any_action if action is None else manifest.actions.get(action, ())

    def slice(self, name: str) -> Slice:
        """A slice by its digest."""
        return self._read("slice", name, slice_from)

    def rules(self, place: RulePlace) -> tuple[Rule, ...]:
        """The policies of one principal and action, by id."""
        rules = (rule for name in self.parts(place) for rule in self.slice(name).rules)
        return tuple(sorted(rules, key=lambda rule: rule.id))

    def bucket(self, name: str) -> Bucket:
        """A part of the index."""
        digest = self.index.buckets.get(name)
        return Bucket(places={}) if digest is None else self._read("bucket", digest, bucket_from)

    def find(self, policy: str) -> PlacedRule | None:
        """A policy by its id, and its place."""
        place = self.bucket(bucket_of(policy)).places.get(policy)
        if place is None:
            return None
        for name in self.parts(place):
            for rule in self.slice(name).rules:
                if rule.id == policy:
                    return rule, place
        raise StoreCorruptError(f"the policy `{policy}` is not where the index says", table=self._store.table)

    def principals(self) -> Iterator[str | None]:
        """Everyone (None), then each name that there is a manifest about."""
        root = self.root
        yield None
        yield from sorted({*root.services, *root.others})

    def places(self, principal: str | None) -> Iterator[RulePlace]:
        """The places that have policies about a principal."""
        manifest = self.manifest(principal)
        if manifest.any_action:
            yield principal, None
        for action in sorted(manifest.actions):
            yield principal, action

    def policies(self, after: str | None = None) -> Iterator[PlacedRule]:
        """Every policy with its place, in a fixed order: by principal, action and id.

        `after` is the id of one that it has: then only those that follow it.
        """
        found = None if after is None else self.find(after)
        for principal in self.principals():
            if found and _order((principal, None))[:2] < _order(found[1])[:2]:
                continue
            for place in self.places(principal):
                if found and _order(place) < _order(found[1]):
                    continue
                for rule in self.rules(place):
                    if found is None or _order(place) > _order(found[1]) or rule.id > found[0].id:
                        yield rule, place

    def _read(self, kind: DocumentKind, name: str, parse: Callable[[str], V]) -> V:
        """Read a document once. What it parses to is always of the kind's own type."""
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


def _order(place: RulePlace) -> tuple[bool, str, bool, str]:
    """Everyone and every action come first."""
    principal, action = place
    return principal is not None, principal or "", action is not None, action or ""
