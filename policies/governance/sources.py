"""Reads the policy folder: the only module of this package that touches files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from policies.governance.checking import check
from policies.governance.errors import PolicyError
from policies.governance.values import DeclaredCall, Document, PolicySources

SCHEMA_FILE = "schema.cedarschema"
MAX_FILE_BYTES = 32 * 1024 * 1024


def read_sources(root: Path, calls: Iterable[DeclaredCall] = ()) -> PolicySources:
    """Read every `*.cedar` file below `root`, add a permit for each declared call, and check them all.

    `root` holds `schema.cedarschema`. Raises PolicyError for the first thing wrong, in the order of paths.
    """
    schema = _read(root / SCHEMA_FILE)
    written = [_read(path) for path in sorted(root.rglob("*.cedar"))]
    return check(schema, written, calls)


def _read(path: Path) -> Document:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise PolicyError(
            "the file does not exist", path=path, hint="restore it or name another folder"
        ) from error
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise PolicyError(
            f"the file can not be read: {reason}", path=path, hint="check its permissions"
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise PolicyError(
            f"the file has {len(data)} bytes, more than the {MAX_FILE_BYTES} allowed",
            path=path,
            hint="split it into several files",
        )
    try:
        return Document(path=path, text=data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyError(
            "the file is not UTF-8 text", path=path, line=line, hint="save it as UTF-8"
        ) from error
