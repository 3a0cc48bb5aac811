"""The hash of an asset or archive, as Pulumi's engine takes it: the same content has the same hash in both.

A file and a text are hashed as they are, and so is an archive file. A folder, and an archive made of several
assets, is hashed as the tar archive that Go's archive/tar makes of it.

Source: pulumi/pulumi, sdk/go/common/resource/archive and asset (EnsureHash); golang/go, archive/tar.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from sandbox.engine.values.properties import ArchiveValue, AssetValue

_EXTENSIONS = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
_LEFT_OUT = ".pulumi"
_BLOCK, _NAME, _PREFIX = 512, 100, 155

Member = tuple[str, bytes]
"""A file of an archive: its name and content."""


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes; raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def archive_hash(path: Path) -> str:
    """The hash of an archive file or folder; raises OSError, and ValueError for a file of another kind."""
    return _tar_hash(_of_path(path)) if path.is_dir() else file_hash(_archive_file(path))


def assets_hash(assets: Mapping[str, AssetValue | ArchiveValue]) -> str:
    """The hash of an archive that is made of others; raises OSError or ValueError."""
    return _tar_hash(_of_assets(assets))


def _archive_file(path: Path) -> Path:
    if not path.name.endswith(_EXTENSIONS):
        path.stat()
        raise ValueError(f"`{path}` is neither a folder nor an archive ({', '.join(_EXTENSIONS)})")
    return path


def _of_assets(assets: Mapping[str, AssetValue | ArchiveValue]) -> Iterator[Member]:
    for name, part in sorted(assets.items()):
        if isinstance(part, AssetValue):
            yield name, Path(part.path).read_bytes() if part.path is not None else (part.text or "").encode()
            continue
        inner = _of_path(Path(part.path)) if part.path is not None else _of_assets(part.assets or {})
        for below, content in inner:
            yield str(PurePosixPath(name, below)), content


def _of_path(path: Path) -> Iterator[Member]:
    if path.is_dir():
        yield from _of_folder(path, "")
    elif _archive_file(path).name.endswith((".zip", ".jar")):
        with zipfile.ZipFile(path) as opened:
            for item in opened.infolist():
                if not item.is_dir():
                    yield str(PurePosixPath(item.filename)), opened.read(item)
    else:
        with tarfile.open(path) as archive:
            for entry in archive:
                stream = archive.extractfile(entry) if entry.isfile() else None
                if stream is not None:
                    yield str(PurePosixPath(entry.name)), stream.read()


def _of_folder(folder: Path, prefix: str) -> Iterator[Member]:
    """The files below a folder; a link to a folder is not followed, one to a file is read."""
    for path in sorted(folder.iterdir(), key=lambda found: found.name):
        if path.name == _LEFT_OUT:
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from _of_folder(path, f"{prefix}{path.name}/")
        else:
            yield f"{prefix}{path.name}", path.read_bytes()


def _tar_hash(members: Iterator[Member]) -> str:
    digest, seen = hashlib.sha256(), set[str]()
    for name, content in members:
        if name not in seen:
            seen.add(name)
            digest.update(_headers(name, len(content)))
            digest.update(_padded(content))
    digest.update(bytes(2 * _BLOCK))
    return digest.hexdigest()


def _headers(name: str, size: int) -> bytes:
    """The block before a file; where its name does not fit in there, the blocks that say it in full, too."""
    if name.isascii() and len(name) <= _NAME:
        return _header(name, size)
    before, slash, last = name[: _PREFIX + 1].rpartition("/")
    last += name[_PREFIX + 1 :]
    if name.isascii() and slash and before and 0 < len(last) <= _NAME:
        return _header(last, size, prefix=before)
    path = PurePosixPath(name)
    record = _pax_record(f"path={name}\n".encode())
    extended = _header(_ascii(str(path.parent / "PaxHeaders.0" / path.name)), len(record), kind=b"x")
    return extended + _padded(record) + _header(_ascii(name), size)


def _header(name: str, size: int, *, prefix: str = "", kind: bytes = b"0") -> bytes:
    plain = kind == b"0"
    block = bytearray(_BLOCK)
    block[0:_NAME] = name.encode()[:_NAME].ljust(_NAME, b"\0")
    block[100:124] = b"%07o\0%07o\0%07o\0" % (0o600 if plain else 0, 0, 0)
    block[124:148] = b"%011o\0%011o\0" % (size, 0)
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[257:265] = b"ustar\00000"
    if plain:
        block[329:345] = b"0000000\0" * 2
    block[345 : 345 + len(prefix)] = prefix.encode()
    block[148:155] = b"%06o\0" % sum(block)
    return bytes(block)


def _pax_record(text: bytes) -> bytes:
    """A record begins with its own length."""
    size = len(text) + 1
    while len(record := b"%d %s" % (size, text)) != size:
        size = len(record)
    return record


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % _BLOCK)


def _ascii(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter != "\0")
