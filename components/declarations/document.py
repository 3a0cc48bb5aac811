"""One declaration file: its content, and where each key stands, so that an error can name the line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.declarations.errors import DeclarationError
from components.declarations.positions import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationFile:
    """A parsed TOML file with the lines of its keys."""

    path: Path
    content: Mapping[str, Any]
    lines: Mapping[KeyPath, int]

    def line(self, key: KeyPath) -> int:
        """The line of a key, or of the nearest table around it; the document itself begins in line 1."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return self.lines[key[:length]]
        return 1

    def error(self, message: str, *, at: KeyPath | None = None, hint: str) -> DeclarationError:
        """An error at a key of this file; without one it is about the file or its folder as a whole."""
        line = None if at is None else self.line(at)
        return DeclarationError(message, path=self.path, line=line, hint=hint)

    def unknown_key(self, key: KeyPath, *, known: Iterable[str]) -> DeclarationError:
        """An error for a key that means nothing, with the nearest one that does."""
        options = sorted(known)
        near = difflib.get_close_matches(str(key[-1]), options, n=1)
        if near:
            hint = f"did you mean `{near[0]}`"
        elif options:
            hint = f"known here are {', '.join(options)}"
        else:
            hint = "remove it, the folder gives it"
        return self.error(f"unknown key `{dotted(key)}`", at=key, hint=hint)


def dotted(key: KeyPath) -> str:
    """A key path as people write it: `calls[0].service`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
