"""Which lines `myelin logs` shows. OBS-2"""

from __future__ import annotations

from typing import Any

import pytest

from cli.errors import UsageError
from cli.logs.filtering import line_filter
from cli.logs.reader import LogEntry


def _line(**record: Any) -> LogEntry:
    return LogEntry(group="g", stream="s", timestamp="t", service="x", record=record)


LINES = [
    _line(level="DEBUG", message="a"),
    _line(level="info", message="b", path="/dispatch"),
    _line(message="START"),
    _line(level="WARN", message="c"),
    _line(level="error", message="größe"),
    _line(level="odd", message="e"),
]


@pytest.mark.parametrize(
    ("level", "grep", "shown"),
    [
        ("", "", "abScge"),
        ("info", "", "bScge"),
        ("WARNING", "", "cg"),
        ("critical", "", ""),
        ("", "dispatch", "b"),
        ("", "gr.ße|START", "Sg"),
        ("error", "dispatch", ""),
    ],
)
def test_from_a_level_up_and_with_a_pattern(level: str, grep: str, shown: str) -> None:
    """A line that says no level, or an unknown one, counts as info; both filters hold at once."""
    found = line_filter(level, grep).chosen(LINES)
    assert "".join(line.record["message"][0] for line in found) == shown


@pytest.mark.parametrize(("level", "grep"), [("loud", ""), ("", "(")])
def test_what_is_no_filter_is_an_error(level: str, grep: str) -> None:
    """Before anything is read."""
    with pytest.raises(UsageError, match="is no"):
        line_filter(level, grep)
