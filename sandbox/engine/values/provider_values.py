"""Properties as a provider takes and gives them: secrets bare, assets as Pulumi's own objects."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from sandbox.engine.values.wire import ARCHIVE, ASSET, Value, Wire, reveal, signature


def for_provider(properties: Mapping[str, Value]) -> Wire:
    """Give properties the form a provider takes: secrets bare, assets as Pulumi objects."""
    return {name: _materialize(reveal(value)) for name, value in properties.items()}


def _materialize(value: Value) -> Value:
    match signature(value):
        case signature_ if signature_ == ARCHIVE and "assets" in value:
            return pulumi.AssetArchive(_materialize(value["assets"]))
        case signature_ if signature_ == ARCHIVE:
            return pulumi.FileArchive(value["path"])
        case signature_ if signature_ == ASSET:
            return pulumi.FileAsset(value["path"]) if "path" in value else pulumi.StringAsset(value["text"])
    if isinstance(value, dict):
        return {name: _materialize(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_materialize(item) for item in value]
    return value


def from_provider(properties: Mapping[str, Value], inputs: Mapping[str, Value]) -> Wire:
    """Take a provider's outputs back; an asset is what the inputs said, never a Python object."""
    return {
        name: inputs.get(name) if isinstance(value, pulumi.Archive | pulumi.Asset) else value
        for name, value in properties.items()
    }
