"""Paths as they are reached from the working folder."""

from __future__ import annotations

import os
import re

# a path begins a word, or is in backticks; it ends before what only follows it
_PATH = re.compile(r"(?<![^\s`'\"(])/[^\s`'\"(),;]*[^\s`'\"(),;.:]")


def shorten_paths(text: str) -> str:
    """A text in which paths are relative to the working folder, where that is shorter."""
    try:
        here = os.getcwd()  # noqa: PTH109 - os.path works on strings
    except FileNotFoundError:
        return text
    if here == os.sep:
        return text
    return _PATH.sub(lambda found: _shorter(found.group(), here), text)


def _shorter(path: str, here: str) -> str:
    return path if path == here else min(path, os.path.relpath(path, here), key=len)
