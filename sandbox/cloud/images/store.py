"""The folder of images: each a copy of the files that its tasks run, in a folder named by its digest.

    <hex of the digest>/image.json      what runs: command and variables
                        manifest.json   the manifest, whose hash is the digest
                        code/           the files; a task's command runs here
                        scan.json       what a scan is to have found, where somebody has set that

A copy is written beside its place and moved there, so that there is either all of it or nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cloud.images.manifest import ImageConfig, digest_of, make_manifest

FOLDER = "images"
"""The name of the folder, in that of the sandbox."""
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_HEX = re.compile(r"[0-9a-f]{64}")
_CONFIG, _MANIFEST, _SCAN, _CODE = "image.json", "manifest.json", "scan.json", "code"
_NEW = ".new-"
_ABANDONED_SECONDS = 3600.0
_BYTECODE = "__pycache__"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """A file of an image: its path in it, its content, and the file that it was read from."""

    name: str
    content: bytes
    source: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """A copy. `made_at` is when it was last made, in seconds since 1970; `code` is where its command runs."""

    digest: str
    config: ImageConfig
    manifest: str
    code: Path
    made_at: float


class ImageStore:
    """The copies in one folder, which may not exist yet."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or made before it is asked for."""
        self._folder = folder

    def find(self, digest: str) -> StoredImage | None:
        """The copy of an image, None if there is none that can be read. Its files are not looked at."""
        folder = self._place(digest)
        if folder is None:
            return None
        try:
            config = ImageConfig.from_json((folder / _CONFIG).read_text(encoding="utf-8"))
            manifest = (folder / _MANIFEST).read_text(encoding="utf-8")
            made_at = folder.stat().st_mtime
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return StoredImage(
            digest=digest, config=config, manifest=manifest, code=folder / _CODE, made_at=made_at
        )

    def all(self) -> tuple[StoredImage, ...]:
        """Every copy, the newest first."""
        names = self._names(_HEX)
        found = [image for name in names if (image := self.find(f"sha256:{name}")) is not None]
        return tuple(sorted(found, key=lambda image: (-image.made_at, image.digest)))

    def is_whole(self, image: StoredImage) -> bool:
        """Whether its files are still those that its digest was made of."""
        paths = (path for path in sorted(image.code.rglob("*")) if _BYTECODE not in path.parts)
        try:
            files = [
                (path.relative_to(image.code).as_posix(), path.read_bytes())
                for path in paths
                if path.is_file()
            ]
        except OSError:
            return False
        return digest_of(make_manifest(image.config, files)) == image.digest

    def add(self, config: ImageConfig, files: Sequence[ImageSource]) -> StoredImage:
        """Make the copy of an image, or leave one that is there and whole; it counts as made now."""
        manifest = make_manifest(config, [(file.name, file.content) for file in files])
        digest = digest_of(manifest)
        present = self.find(digest)
        if present is None or not self.is_whole(present):
            self._write(digest, manifest, config, files)
        place = self._folder / digest.removeprefix("sha256:")
        os.utime(place)
        found = self.find(digest)
        assert found is not None, "it was written just now"  # noqa: S101
        return found

    def remove(self, digests: Iterable[str]) -> None:
        """Delete copies, and what killed commands have left half made."""
        for digest in digests:
            if (folder := self._place(digest)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
        before = time.time() - _ABANDONED_SECONDS
        for name in self._names(re.compile(rf"{re.escape(_NEW)}.*")):
            folder = self._folder / name
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)

    def scan_of(self, digest: str) -> Mapping[str, object] | None:
        """What a scan is to have found, as `set_scan` has it; None where nobody has set it."""
        folder = self._place(digest)
        try:
            found = json.loads((folder / _SCAN).read_text(encoding="utf-8")) if folder else None
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def set_scan(self, digest: str, *, status: str = "COMPLETE", **severities: int) -> None:
        """Set what a scan of an image says: its status, and how many findings there are by severity."""
        folder = self._place(digest)
        if folder is None:
            raise ValueError(f"`{digest}` is not a digest")
        text = json.dumps({"status": status, "severities": severities})
        (folder / _SCAN).write_text(text, encoding="utf-8")

    def _place(self, digest: str) -> Path | None:
        found = _DIGEST.fullmatch(digest)
        return self._folder / found[1] if found else None

    def _names(self, pattern: re.Pattern[str]) -> list[str]:
        try:
            return sorted(path.name for path in self._folder.iterdir() if pattern.fullmatch(path.name))
        except OSError:
            return []

    def _write(self, digest: str, manifest: str, config: ImageConfig, files: Sequence[ImageSource]) -> None:
        new = self._folder / f"{_NEW}{uuid.uuid4().hex}"
        (new / _CODE).mkdir(parents=True, mode=0o700)
        for file in files:
            _write_file(new / _CODE / file.name, file)
        (new / _CONFIG).write_text(config.to_json(), encoding="utf-8")
        (new / _MANIFEST).write_text(manifest, encoding="utf-8")
        place = self._folder / digest.removeprefix("sha256:")
        shutil.rmtree(place, ignore_errors=True)
        try:
            new.rename(place)
        except OSError:  # another command was first
            shutil.rmtree(new, ignore_errors=True)
            if self.find(digest) is None:
                raise


def _write_file(path: Path, file: ImageSource) -> None:
    """Write one file, with the mode and the time of the one that it was read from, and its bytecode.

    Python takes bytecode over that is of the same time and size as its source: so a task of a new image
    compiles what changed, and not the whole runtime.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    try:
        shutil.copystat(file.source, path)
        for compiled in (file.source.parent / _BYTECODE).glob(f"{file.source.stem}.cpython-*.pyc"):
            target = path.parent / _BYTECODE / compiled.name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(compiled, target)
    except OSError:  # it changes just now; the copy is as it was read
        return
