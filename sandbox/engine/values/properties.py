"""Property values inside the engine: plain JSON, and frozen values for all that is more than that.

They come in through wire.py, which knows how Pulumi writes them down. The names are Pulumi's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

PropertyValue = Any
"""None, a bool, number or text, a list or dict of these, or one of the classes below, at any depth."""

PropertyMap = dict[str, PropertyValue]
"""Inputs or outputs of a resource by name."""


class UnknownValue(Enum):
    """A value that only a deployment brings."""

    UNKNOWN = "unknown"


UNKNOWN = UnknownValue.UNKNOWN


@dataclass(frozen=True, slots=True)
class SecretValue:
    """A value that is never shown; one that is secret already is not wrapped again (`mark_secret`)."""

    value: PropertyValue = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetValue:
    """A file or a text. `hash` is the SHA-256 of a file's content, where it was taken."""

    path: str | None = None
    text: str | None = None
    uri: str | None = None
    hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveValue:
    """A folder or archive file, or several assets and archives by the name that each has inside."""

    path: str | None = None
    assets: Mapping[str, AssetValue | ArchiveValue] | None = None
    uri: str | None = None
    hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReference:
    """A resource that was given whole as a value; a component has no id."""

    urn: PropertyValue
    id: PropertyValue = None


def mark_secret(value: PropertyValue) -> PropertyValue:
    """Make a value secret, once."""
    return value if isinstance(value, SecretValue) else SecretValue(value)


def mark_secrets(properties: Mapping[str, PropertyValue], names: Iterable[str]) -> PropertyMap:
    """Make the named properties secret."""
    secret = frozenset(names)
    return {name: mark_secret(value) if name in secret else value for name, value in properties.items()}


def mark_as(properties: Mapping[str, PropertyValue], inputs: Mapping[str, PropertyValue]) -> PropertyMap:
    """Make secret what the inputs say is: in an object only the part that is, any other value as a whole.

    Source: pulumi/pulumi, sdk/go/common/resource/plugin/provider_plugin.go (annotateSecrets).
    """
    marked = dict(properties)
    for name, given in inputs.items():
        value = marked.get(name)
        if isinstance(value, dict) and isinstance(given, dict):
            marked[name] = mark_as(value, given)
        elif name in marked and contains_secret(given):
            marked[name] = mark_secret(value)
    return marked


def contains_secret(value: PropertyValue) -> bool:
    """Whether a secret is anywhere inside a value."""
    if isinstance(value, dict):
        return any(contains_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_secret(item) for item in value)
    return isinstance(value, SecretValue)


def secret_names(properties: Mapping[str, PropertyValue]) -> frozenset[str]:
    """The properties that hold a secret anywhere inside."""
    return frozenset(name for name, value in properties.items() if contains_secret(value))


def reveal(value: PropertyValue) -> PropertyValue:
    """Take secrets bare, and a resource's id (its URN if it has none) in place of a reference to it."""
    match value:
        case dict():
            return {name: reveal(item) for name, item in value.items()}
        case list():
            return [reveal(item) for item in value]
        case SecretValue():
            return reveal(value.value)
        case ResourceReference():
            return value.id or value.urn
    return value


def reveal_properties(properties: Mapping[str, PropertyValue]) -> PropertyMap:
    """Take a set of properties bare."""
    return {name: reveal(value) for name, value in properties.items()}


def same_content(one: PropertyValue, other: PropertyValue) -> bool:
    """Whether two assets or archives have the same content, wherever it lies."""
    return bool(_content(one) == _content(other))


def _content(value: PropertyValue) -> PropertyValue:
    match value:
        case AssetValue() | ArchiveValue() if value.hash is not None:
            return (type(value), value.hash)
        case ArchiveValue(assets=assets) if assets is not None:
            return {name: _content(part) for name, part in assets.items()}
    return value
