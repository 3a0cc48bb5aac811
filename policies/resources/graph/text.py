"""Reads the text of a document as shells and tools write it: UTF-8, UTF-16 or UTF-32, plain or gzipped."""

from __future__ import annotations

import codecs
import gzip
import sys
import zlib
from pathlib import Path

from .errors import UnreadableError

STDIN = Path("-")
"""Stands for standard input where a file is named."""
_GZIP = b"\x1f\x8b"
_MARKS = (
    # the longer ones first: UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 4


def read_text(path: Path, command: str) -> str:
    """Read a document that `command` wrote; raises UnreadableError.

    PowerShell writes `>` as UTF-16, and a state file of a local back end may be compressed.
    """
    hint = f"write it with `{command} > FILE`"
    try:
        content = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}", path=path, hint=hint) from error
    try:
        return _decode(gzip.decompress(content) if content.startswith(_GZIP) else content)
    except (UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise UnreadableError("is no text", path=path, hint=hint) from error


def _decode(content: bytes) -> str:
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    return content.decode(marked or _unmarked(content[:_HEAD]))


def _unmarked(head: bytes) -> str:
    """The encoding of JSON without a mark; its first two characters are ASCII (RFC 4627, section 3)."""
    match [byte != 0 for byte in head]:
        case [True, False, True, False]:
            return "utf-16-le"
        case [False, True, False, True]:
            return "utf-16-be"
        case [True, False, False, False]:
            return "utf-32-le"
        case [False, False, False, True]:
            return "utf-32-be"
        case _:
            return "utf-8"
