"""Properties as a provider takes and gives them: secrets bare, assets as Pulumi's own objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from sandbox.engine.values.properties import (
    ArchiveValue,
    AssetValue,
    PropertyMap,
    PropertyValue,
    ResourceReference,
    SecretValue,
)


def for_provider(properties: Mapping[str, PropertyValue]) -> dict[str, Any]:
    """Give properties the form that a provider takes."""
    return {name: _bare(value) for name, value in properties.items()}


def _bare(value: PropertyValue) -> Any:
    match value:
        case dict():
            return {name: _bare(item) for name, item in value.items()}
        case list():
            return [_bare(item) for item in value]
        case SecretValue():
            return _bare(value.value)
        case ResourceReference():
            return value.id or value.urn
        case ArchiveValue(assets=assets) if assets is not None:
            return pulumi.AssetArchive({name: _bare(part) for name, part in assets.items()})
        case ArchiveValue(path=path) if path is not None:
            return pulumi.FileArchive(path)
        case AssetValue(path=path) if path is not None:
            return pulumi.FileAsset(path)
        case AssetValue(text=text) if text is not None:
            return pulumi.StringAsset(text)
    return value


def from_provider(properties: Mapping[str, Any], inputs: Mapping[str, PropertyValue]) -> PropertyMap:
    """Take a provider's outputs back; an asset is what the inputs said, never a Python object."""
    return {
        name: inputs.get(name) if isinstance(value, pulumi.Archive | pulumi.Asset) else value
        for name, value in properties.items()
    }
