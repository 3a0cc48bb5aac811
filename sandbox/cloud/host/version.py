"""Tells the code of one background process from that of another."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

SOURCES = Path(__file__).parent.parent
"""The folder of `sandbox.cloud`, which is what a background process runs."""


@functools.cache
def code_version() -> str:
    """A digest of the source of the emulated AWS, 16 hexadecimal digits: equal for equal code."""
    return source_digest(SOURCES)


def source_digest(folder: Path) -> str:
    """A digest of the names and contents of all Python files below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
