"""Property values as Pulumi writes them down, decoded where they come in and encoded where they go out.

On the wire a property is plain JSON, except for a few objects marked with a signature key: secrets, assets,
archives and references to resources. What is not known yet (in a preview) is one fixed string. There are two
carriers: protobuf between a program and its engine (structs.py), and the JSON of a checkpoint, in which a
secret is the JSON text of its value (`plaintext`, as `pulumi stack export --show-secrets` writes it).

Source: pulumi/pulumi, sdk/proto/resource.proto and the "special signatures" of its property marshalling.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.engine.values.hashes import archive_hash, assets_hash, file_hash, text_hash
from sandbox.engine.values.properties import (
    UNKNOWN,
    ArchiveValue,
    AssetValue,
    PropertyValue,
    ResourceReference,
    SecretValue,
    UnknownValue,
)

Json = Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def decode(value: Json, *, hash_assets: bool = False) -> PropertyValue:
    """Read a value from JSON; a secret may be in either form.

    With `hash_assets`, each asset gets the hash of its content, so that comparing inputs compares contents.
    Raises OSError for a file that cannot be read, and ValueError or TypeError for a malformed value.
    """
    match value:
        case dict():
            mark = value.get(SIGNATURE)
            if isinstance(mark, str) and mark in _MARKED:
                parts = {name: part for name, part in value.items() if name != SIGNATURE}
                return _MARKED[mark](parts, hash_assets)
            return {name: decode(item, hash_assets=hash_assets) for name, item in value.items()}
        case list():
            return [decode(item, hash_assets=hash_assets) for item in value]
        case str() if value == UNKNOWN_TEXT:
            return UNKNOWN
    return value


def encode(value: PropertyValue, *, sealed: bool = False) -> Json:
    """Write a value as JSON; with `sealed`, secrets have the checkpoint's form."""
    match value:
        case dict():
            return {name: encode(item, sealed=sealed) for name, item in value.items()}
        case list():
            return [encode(item, sealed=sealed) for item in value]
        case SecretValue():
            inner = encode(value.value, sealed=sealed)
            part = {"plaintext": json.dumps(inner)} if sealed else {"value": inner}
            return {SIGNATURE: SECRET, **part}
        case AssetValue():
            return _marked(ASSET, path=value.path, text=value.text, uri=value.uri, hash=value.hash)
        case ArchiveValue():
            assets = None if value.assets is None else encode(value.assets)
            return _marked(ARCHIVE, path=value.path, assets=assets, uri=value.uri, hash=value.hash)
        case ResourceReference():
            return _marked(RESOURCE, urn=encode(value.urn), id=encode(value.id))
        case UnknownValue():
            return UNKNOWN_TEXT
    return value


def _secret(parts: Mapping[str, Json], hash_assets: bool) -> SecretValue:  # noqa: FBT001 - by position, as its like
    if "plaintext" in parts:
        return SecretValue(decode(json.loads(parts["plaintext"]), hash_assets=hash_assets))
    if "value" in parts:
        return SecretValue(decode(parts["value"], hash_assets=hash_assets))
    raise ValueError("a secret has neither a value nor a plaintext")


def _asset(parts: Mapping[str, Json], hash_assets: bool) -> AssetValue:  # noqa: FBT001
    asset = AssetValue(**parts)
    if not hash_assets:
        return asset
    _refuse_remote(parts)
    if asset.text is not None:
        return replace(asset, hash=text_hash(asset.text))
    return asset if asset.path is None else replace(asset, hash=file_hash(Path(asset.path)))


def _archive(parts: Mapping[str, Json], hash_assets: bool) -> ArchiveValue:  # noqa: FBT001
    inside = parts.get("assets")
    assets = None if inside is None else decode(inside, hash_assets=hash_assets)
    archive = ArchiveValue(**{**parts, "assets": assets})
    if not hash_assets:
        return archive
    _refuse_remote(parts)
    if archive.assets is not None:
        return replace(archive, hash=assets_hash(archive.assets))
    return archive if archive.path is None else replace(archive, hash=archive_hash(Path(archive.path)))


def _reference(parts: Mapping[str, Json], _hash_assets: bool) -> ResourceReference:  # noqa: FBT001
    return ResourceReference(urn=decode(parts.get("urn")), id=decode(parts.get("id")))


_MARKED = {SECRET: _secret, ASSET: _asset, ARCHIVE: _archive, RESOURCE: _reference}


def _marked(mark: str, **parts: Json) -> Json:
    return {SIGNATURE: mark, **{name: part for name, part in parts.items() if part is not None}}


def _refuse_remote(parts: Mapping[str, Json]) -> None:
    if "uri" in parts:
        raise ValueError(f"`{parts['uri']}` is not a file")
