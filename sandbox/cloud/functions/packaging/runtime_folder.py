"""Makes the folder that stands for Lambda's /var/runtime: AWS's runtime client and its requirements.

A function finds its modules in its own archive or here, never in this project's environment: a dependency
missing from the archive fails here as it would on AWS.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

CLIENT = "awslambdaric"


def runtime_folder(directory: Path) -> Path:
    """Return the runtime folder below `directory`, made if need be: one a Python and client version."""
    version = importlib.metadata.version(CLIENT)
    folder = directory / f"{sys.implementation.cache_tag}-{CLIENT}-{version}"
    entries = dict(sorted(_entries(CLIENT, set())))
    if folder.is_dir() and all(os.path.realpath(folder / name) == str(at) for name, at in entries.items()):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".making-", dir=directory))
    for name, at in entries.items():
        (unfinished / name).symlink_to(at)
    unfinished.chmod(0o755)
    unfinished.rename(folder)
    return folder


def _entries(distribution: str, seen: set[str]) -> Iterator[tuple[str, Path]]:
    """Walk a distribution and its requirements: top-level names, each with where it is installed."""
    if distribution in seen:
        return
    seen.add(distribution)
    installed = importlib.metadata.distribution(distribution)
    names = {file.parts[0] for file in installed.files or () if ".." not in file.parts}
    for name in names:
        if not name.endswith((".dist-info", "__pycache__")):
            yield name, Path(os.path.realpath(str(installed.locate_file(name))))
    for requirement in installed.requires or ():
        found = re.match(r"[\w.-]+", requirement)
        if found and "extra ==" not in requirement:
            yield from _entries(found[0], seen)
