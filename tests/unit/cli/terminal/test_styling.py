"""What others wrote does nothing to the terminal; what we colour is coloured."""

from __future__ import annotations

import unicodedata

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal.styling import shown, style


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        ("plain, ä, 日本, 👩‍👩‍👧 and\ttabs\nlines", "plain, ä, 日本, 👩‍👩‍👧 and\ttabs\nlines"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07\x1b[2J", "\\x1b]0;title\\x07\\x1b[2J"),
        ("over\rwritten\b\x00", "over\\x0dwritten\\x08\\x00"),
        ("\x9b2J\x85\x7f", "\\x9b2J\\x85\\x7f"),
        ("a\u202eb\u2066c\u200fd\u061ce", "a\\u202eb\\u2066c\\u200fd\\u061ce"),
        ("\ufeff\u200b\u2028\ud800", "\\ufeff\\u200b\\u2028\\ud800"),
    ],
)
def test_what_a_terminal_acts_on_is_shown(stored: str, seen: str) -> None:
    """FID-2: control characters and bidirectional marks as escapes, letters of any script as they are."""
    assert shown(stored) == seen


@given(st.text())
def test_nothing_is_left_that_acts(stored: str) -> None:
    """Of no text: no control character but tab and line feed, no mark of direction."""
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for character in shown(stored):
        assert unicodedata.category(character) not in {"Cs", "Zl", "Zp"}
        assert unicodedata.category(character) != "Cc" or character in "\t\n"
        assert unicodedata.bidirectional(character) not in directions


def test_our_colours_stay_and_those_inside_do_not() -> None:
    """A coloured text that has a sequence of its own has only ours."""
    stored, seen = "bad\x1b[32m", "bad\\x1b[32m"
    line = shown(f"{style(stored, fg='red', bold=True)} rest")
    assert line == f"{click.style(seen, fg='red', bold=True)} rest"
    assert shown(style("x")) == click.style("x")


def test_colours_cannot_be_made_up() -> None:
    """What was shown once, written again, is a text like any other."""
    assert "\x1b" not in shown(shown(style("x", fg="red")))
