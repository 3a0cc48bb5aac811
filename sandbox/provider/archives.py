"""Reads a code archive from a Pulumi asset: a zip file, a folder, or a collection of files."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_EPOCH = (1980, 1, 1, 0, 0, 0)


class CodeAssetError(ValueError):
    """A code asset that cannot be turned into a zip file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A zip file and its digest as Lambda writes it (base64 of SHA-256)."""

    content: bytes
    sha256: str


def read_archive(asset: Any) -> Archive:
    """Read a Pulumi archive (FileArchive of a zip file or a folder, AssetArchive); raises CodeAssetError.

    Folders and collections become zip files with sorted entries and fixed times, so that the same content is
    the same bytes. Files are read once as long as they do not change.
    """
    path = getattr(asset, "path", None)
    if path is None and isinstance(asset, str):
        path = asset
    if path is not None:
        return _read_path(Path(path))
    parts = getattr(asset, "assets", None)
    if isinstance(parts, dict):
        return _archive(_zip(dict(_entries(parts))))
    raise CodeAssetError(f"is not a file or a collection of files: {type(asset).__name__}")


def _read_path(path: Path) -> Archive:
    try:
        if path.is_dir():
            return _archive(_zip(_files_below(path)))
        found = path.stat()
        return _read_file(path, found.st_mtime_ns, found.st_size)
    except OSError as error:
        raise CodeAssetError(f"cannot be read: {error.strerror or error}: {path}") from error


@lru_cache(maxsize=8)
def _read_file(path: Path, _modified: int, _size: int) -> Archive:
    return _archive(path.read_bytes())


def _archive(content: bytes) -> Archive:
    return Archive(content=content, sha256=base64.b64encode(hashlib.sha256(content).digest()).decode())


def _files_below(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _entries(parts: dict[str, Any]) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for name, part in parts.items():
        text, path = getattr(part, "text", None), getattr(part, "path", None)
        if text is not None:
            found.append((name, str(text).encode()))
        elif path is not None and Path(path).is_dir():
            found += [(f"{name}/{inner}", content) for inner, content in _files_below(Path(path)).items()]
        elif path is not None:
            found.append((name, Path(path).read_bytes()))
        else:
            raise CodeAssetError(f"has a part that is not a file or text: `{name}`")
    return found


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return buffer.getvalue()
