"""The immutable documents a policy version consists of, and their names: the hash of their content.

    version = root -> manifest of each service (and one for rules about everyone) -> slices -> policies
                   -> index -> buckets: which slice each policy is in, by its id
                   -> cases: what the policies have to decide, else they are not published

A document is canonical JSON, so equal content has equal bytes and one name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast

from policies.calls.language.values import Effect

DocumentKind = Literal["root", "manifest", "slice", "schema", "index", "bucket", "cases"]
RulePlace = tuple[str | None, str | None]
"""Where a rule is kept: the principal and the action of its slice; None where it is about every one."""
JsonCase = Mapping[str, Any]
"""A case as a JSON value."""
FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A document ready to be stored under its name."""

    kind: DocumentKind
    digest: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A policy as it is stored and evaluated: its text, and the annotations that an answer quotes."""

    id: str
    effect: Effect
    reason: str
    text: str


PlacedRule = tuple[Rule, RulePlace]
"""A rule and where it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Rules that share principal and action, in the order of their ids."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is published about one service as principal (or about everyone).

    `actions` holds the digests of the slices for each action, `any_action` of those for all of them;
    `targets` the services that it declares to call, by intent.
    """

    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_action: tuple[str, ...] = ()
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Where to find a policy by its id: the digests of the buckets by their names, and how many it holds.

    The bucket of an id is the first byte of its SHA-256, so that a change rewrites one of at most 256.
    """

    buckets: Mapping[str, str]
    policies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The place of each policy whose id falls into this part of the index."""

    places: Mapping[str, RulePlace]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The published cases, as they were written; each is an object of JSON values."""

    cases: tuple[JsonCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One version of everything; its digest is the version.

    `services` maps each declared service to its manifest, `others` each principal that only policies name.
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
    """The name of the bucket that holds a policy's id: two hexadecimal digits."""
    return digest(policy)[:2]


def item(kind: DocumentKind, value: Slice | Manifest | Root | Index | Bucket | Cases | str) -> Item:
    """A document with its name; a schema is kept as the text it is."""
    body = value if isinstance(value, str) else _canonical(_plain(value))
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


def _rule(fields: dict[str, str]) -> Rule:
    if fields.keys() != {"id", "effect", "reason", "text"} or fields["effect"] not in ("permit", "forbid"):
        raise ValueError("not a rule")
    effect = cast("Effect", fields["effect"])
    return Rule(id=fields["id"], effect=effect, reason=fields["reason"], text=fields["text"])


def _fields(body: str, *names: str) -> dict[str, Any]:
    document = json.loads(body)
    if (
        not isinstance(document, dict)
        or document.keys() != {"format", *names}
        or document["format"] != FORMAT
    ):
        raise ValueError(f"not a document of format {FORMAT} with {', '.join(names)}")
    return document


def _plain(value: Any) -> dict[str, Any]:
    """The fields of a value as they are; a copy of everything in them would take longer than the rest."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _canonical(content: dict[str, Any]) -> str:
    document = {"format": FORMAT, **content}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
