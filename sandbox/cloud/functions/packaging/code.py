"""Keeps unpacked code archives, one folder for each content."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.errors import FunctionArchiveError

KEPT = 16
"""Folders that survive a restart of the sandbox; the most recently used ones."""


class CodeStore:
    """Unpacks each archive once, and finds it again by its digest, also after a restart."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def unpack(self, configuration: FunctionConfiguration, archive: bytes) -> Path:
        """Return the folder with the archive's files (LAMBDA_TASK_ROOT); raises FunctionArchiveError."""
        folder = self._directory / configuration.code_sha256[:32]
        with self._lock:
            if folder.is_dir():
                os.utime(folder)
                return folder
            self._directory.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=self._directory))
            try:
                _extract(archive, unfinished)
                unfinished.rename(folder)
            except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise FunctionArchiveError(configuration.name, str(error).lower()) from error
            return folder

    def prune(self, keep: int = KEPT) -> None:
        """Remove unfinished folders, and all finished ones but those used last."""
        prune(self._directory, keep)


def prune(directory: Path, keep: int = KEPT) -> None:
    """Remove unfinished folders (their names begin with a dot), and all others but those used last."""
    if not directory.is_dir():
        return
    folders = sorted(directory.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    finished = [folder for folder in folders if not folder.name.startswith(".")]
    for folder in set(folders) - set(finished[:keep]):
        shutil.rmtree(folder, ignore_errors=True)


def _extract(archive: bytes, folder: Path) -> None:
    """Unpack with the files' permission bits; zipfile itself keeps every entry inside the folder."""
    with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
        for entry in bundle.infolist():
            path = Path(bundle.extract(entry, folder))
            mode = (entry.external_attr >> 16) & 0o777
            if mode and not entry.is_dir():
                path.chmod(mode | 0o400)
    folder.chmod(0o755)
