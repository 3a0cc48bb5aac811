"""Property values as they travel between a Pulumi program and its engine.

On the wire a property is plain JSON, except for a few objects marked with a signature key: secrets, assets,
archives and references to resources. An unknown value (in a preview) is one fixed string. Pulumi keeps the
same forms in its checkpoint, so the engine works on them directly.

Source: pulumi/pulumi, sdk/proto/resource.proto and the "special signatures" of its property marshalling.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Value = Any
Wire = dict[str, Value]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def signature(value: Value) -> str | None:
    """Say what kind of marked object a value is, if it is one."""
    if isinstance(value, dict):
        found = value.get(SIGNATURE)
        return found if isinstance(found, str) else None
    return None


def conceal(value: Value) -> Value:
    """Mark a value as secret, once."""
    return value if signature(value) == SECRET else {SIGNATURE: SECRET, "value": value}


def conceal_properties(properties: Mapping[str, Value], names: Iterable[str]) -> Wire:
    """Mark the named properties as secret."""
    secret = frozenset(names)
    return {name: conceal(value) if name in secret else value for name, value in properties.items()}


def reveal(value: Value) -> Value:
    """Strip every secret mark, and put a resource's id in place of a reference to it."""
    match signature(value):
        case signature_ if signature_ == SECRET:
            return reveal(value.get("value"))
        case signature_ if signature_ == RESOURCE:
            return value.get("id") or value.get("urn")
    if isinstance(value, dict):
        return {name: reveal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def reveal_properties(properties: Mapping[str, Value]) -> Wire:
    """Strip every secret mark from a set of properties."""
    return {name: reveal(value) for name, value in properties.items()}


def contains(value: Value, mark: str) -> bool:
    """Say whether a marked object of one kind is anywhere inside a value."""
    if signature(value) == mark:
        return True
    if isinstance(value, dict):
        return any(contains(item, mark) for item in value.values())
    if isinstance(value, list):
        return any(contains(item, mark) for item in value)
    return False


def is_unknown(value: Value) -> bool:
    """Say whether any part of a value is not known yet."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def secret_names(properties: Mapping[str, Value]) -> frozenset[str]:
    """Name the properties that hold a secret anywhere inside."""
    return frozenset(name for name, value in properties.items() if contains(value, SECRET))


def is_asset(value: Value) -> bool:
    """Say whether a value is an asset or an archive."""
    return signature(value) in (ASSET, ARCHIVE)


def with_asset_hashes(value: Value, content_hash: Callable[[Path], str]) -> Value:
    """Put the content hash beside each asset's path, so that comparing inputs compares contents.

    Raises OSError for a file that can not be read, and ValueError for an asset that is neither text nor a
    file.
    """
    if is_asset(value) and "path" in value:
        return {**value, "hash": content_hash(Path(value["path"]))}
    if is_asset(value) and "uri" in value:
        raise ValueError(f"`{value['uri']}` is not a file")
    if isinstance(value, dict):
        return {name: with_asset_hashes(item, content_hash) for name, item in value.items()}
    if isinstance(value, list):
        return [with_asset_hashes(item, content_hash) for item in value]
    return value


def asset_content(value: Value) -> Value:
    """Reduce an asset to what its content is, leaving out where it lies."""
    if is_asset(value) and "hash" in value:
        return {name: part for name, part in value.items() if name != "path"}
    if isinstance(value, dict):
        return {name: asset_content(item) for name, item in value.items()}
    return value


def content_hash(path: Path) -> str:
    """Hash a file's bytes, or a folder's names and bytes, with SHA-256; raises OSError."""
    digest = hashlib.sha256()
    files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    for file in files:
        digest.update(file.relative_to(path).as_posix().encode() if path.is_dir() else b"")
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
