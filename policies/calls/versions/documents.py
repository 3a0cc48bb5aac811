"""The immutable documents that a policy version consists of. Each is named by the hash of its content.

    version = root -> schema
                   -> manifest of each service (and one for rules about every service) -> slices -> rules
                   -> index -> buckets: which slice each rule is in, by its id
                   -> cases: the questions that the version has to answer as expected, to be published

A document is canonical JSON: equal content has equal bytes, and so one name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from policies.calls.language.values import Effect

DocumentKind = Literal["root", "manifest", "slice", "schema", "index", "bucket", "cases"]
RulePlace = tuple[str | None, str | None]
"""Which slice a rule is in: its principal and its action; None where the rule is about every one."""
JsonCase = Mapping[str, Any]
"""A case as a JSON value."""
FORMAT = 3
_RULE_FIELDS = {"id", "effect", "reason", "text", "target"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A document with its name, ready to be stored."""

    kind: DocumentKind
    digest: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A policy as it is stored and evaluated: its text, and the annotations that an answer quotes.

    `target` is the service that its scope names as the resource, so that questions about others need not look
    at it; None where it may be about any.
    """

    id: str
    effect: Effect
    reason: str
    text: str
    target: str | None = None

    def is_about(self, target: str | None) -> bool:
        """Whether it may apply to a question about this service; None is a question about any."""
        return target is None or self.target is None or self.target == target


PlacedRule = tuple[Rule, RulePlace]
"""A rule, and which slice it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Rules that share principal and action, in the order of their ids."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The slices of the rules about one service as principal, or about every service.

    `actions` has the digests of the slices for each action, `any_action` those of the slices for all actions.
    `targets` are the services that it declares to call, by intent.
    """

    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_action: tuple[str, ...] = ()
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Finds rules by their ids: the digests of the buckets by their names, and the number of all rules.

    The bucket of an id is named by the first byte of its SHA-256; so a change rewrites one of at most 256.
    """

    buckets: Mapping[str, str]
    policies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One part of the index: where each rule is, by its id."""

    places: Mapping[str, RulePlace]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The cases of a version, in their order."""

    cases: tuple[JsonCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The root document of a version; its digest is the name of the version.

    `services` has the digest of each declared service's manifest, `others` those of principals that only
    rules name, `everyone` that of the rules about every service.
    """

    schema: str
    index: str
    cases: str
    intents: tuple[str, ...]
    everyone: str
    services: Mapping[str, str]
    others: Mapping[str, str]


def digest(body: str) -> str:
    """The name of a document: SHA-256 of its UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def bucket_of(policy: str) -> str:
    """The name of the bucket that a policy's id is in: two hexadecimal digits."""
    return digest(policy)[:2]


def item(kind: DocumentKind, value: Slice | Manifest | Root | Index | Bucket | Cases | str) -> Item:
    """Make a document and its name; a schema is stored as it is."""
    body = value if isinstance(value, str) else _canonical_json(_fields_of(value))
    return Item(kind=kind, digest=digest(body), body=body)


def slice_from(body: str) -> Slice:
    """Read a slice. Raises ValueError when the body is not one."""
    return Slice(rules=tuple(_rule(fields) for fields in _fields(body, "rules")["rules"]))


def manifest_from(body: str) -> Manifest:
    """Read a manifest. Raises ValueError when the body is not one."""
    fields = _fields(body, "actions", "any_action", "targets")
    return Manifest(
        actions={name: tuple(digests) for name, digests in fields["actions"].items()},
        any_action=tuple(fields["any_action"]),
        targets={intent: tuple(names) for intent, names in fields["targets"].items()},
    )


def index_from(body: str) -> Index:
    """Read an index. Raises ValueError when the body is not one."""
    fields = _fields(body, "buckets", "policies")
    return Index(buckets=dict(fields["buckets"]), policies=int(fields["policies"]))


def bucket_from(body: str) -> Bucket:
    """Read a bucket. Raises ValueError when the body is not one."""
    places = _fields(body, "places")["places"]
    return Bucket(places={name: (principal, action) for name, (principal, action) in places.items()})


def cases_from(body: str) -> Cases:
    """Read cases. Raises ValueError when the body is not a list of them."""
    return Cases(cases=tuple(_fields(body, "cases")["cases"]))


def root_from(body: str) -> Root:
    """Read a root. Raises ValueError when the body is not one."""
    fields = _fields(body, "schema", "index", "cases", "intents", "everyone", "services", "others")
    return Root(
        schema=fields["schema"],
        index=fields["index"],
        cases=fields["cases"],
        intents=tuple(fields["intents"]),
        everyone=fields["everyone"],
        services=dict(fields["services"]),
        others=dict(fields["others"]),
    )


def _rule(fields: dict[str, Any]) -> Rule:
    if fields.keys() != _RULE_FIELDS or fields["effect"] not in ("permit", "forbid"):
        raise ValueError("not a rule")
    if not isinstance(fields["target"], str | None):
        raise TypeError("not the name of a service")
    return Rule(**fields)


def _fields(body: str, *names: str) -> dict[str, Any]:
    document = json.loads(body)
    if (
        not isinstance(document, dict)
        or document.keys() != {"format", *names}
        or document["format"] != FORMAT
    ):
        raise ValueError(f"not a document of format {FORMAT} with {', '.join(names)}")
    return document


def _fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, not copied: `asdict` would take longer than everything else here."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _canonical_json(content: dict[str, Any]) -> str:
    document = {"format": FORMAT, **content}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_fields_of)
