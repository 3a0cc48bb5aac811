"""Colours of our own, and the characters of others that a terminal would act on, shown as escapes.

What commands show was written by many: a note, a policy, a log line, a name. A control character in it could
clear the screen, rewrite a line or answer in the user's name, a bidirectional mark could turn a line around.
"""

from __future__ import annotations

import re
import secrets

import typer

_MARK = secrets.token_hex(8)
"""Tells our own colours from escape sequences in stored text: whoever wrote that did not know it."""

_ANSI = re.compile(r"\x1b(\[[0-9;]*m)")
_ACTED_ON = re.compile(
    rf"\x1b{_MARK}(\[[0-9;]*m)"
    # C0 without tab and line feed, DEL and C1; marks of direction; line and paragraph separators; invisible
    # operators and the byte order mark; halves of surrogate pairs, which no stream can write
    r"|([\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff])"
)


def style(text: str, *, fg: str | None = None, bold: bool = False) -> str:
    """A text in a colour of ours, for `say` and `note`; its own escape sequences stay its own."""
    before, after = typer.style("\0", fg=fg, bold=bold or None).split("\0")
    return f"{_marked(before)}{text}{_marked(after)}"


def shown(text: str) -> str:
    """A text as a terminal may have it: with our own colours, and everything else that acts as escapes."""
    return _ACTED_ON.sub(_replacement, text)


def _marked(sequence: str) -> str:
    return _ANSI.sub(lambda found: f"\x1b{_MARK}{found[1]}", sequence)


def _replacement(found: re.Match[str]) -> str:
    if found[1] is not None:
        return f"\x1b{found[1]}"
    code = ord(found[2])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
