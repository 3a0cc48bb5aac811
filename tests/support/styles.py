"""Text without the colours that a terminal would show it in."""

from __future__ import annotations

import re

from cli.terminal.styling import shown

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def unstyled(text: str) -> str:
    """A text as a file gets it."""
    return _ANSI.sub("", shown(text))
