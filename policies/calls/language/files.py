"""Reads a file; no other module of this package opens files."""

from __future__ import annotations

from pathlib import Path

from policies.calls.language.errors import PolicyError
from policies.calls.language.values import SourceText

MAX_FILE_BYTES = 32 * 1024 * 1024


def read_document(path: Path) -> SourceText:
    """Read a file as text. Raises PolicyError if it is absent, not readable, too large or not UTF-8."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise PolicyError(
            "the file does not exist", path=path, hint="restore it or name another folder"
        ) from error
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise PolicyError(
            f"the file cannot be read: {reason}", path=path, hint="check its permissions"
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise PolicyError(
            f"the file has {len(data)} bytes, more than the {MAX_FILE_BYTES} allowed",
            path=path,
            hint="split it into several files",
        )
    try:
        return SourceText(path=path, text=data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyError(
            "the file is not UTF-8 text", path=path, line=line, hint="save it as UTF-8"
        ) from error
