"""Which lines to show: from a level up, and those that a pattern is found in. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cli.errors import UsageError
from cli.logs.reader import LogEntry

LEVELS = ("debug", "info", "warning", "error", "critical")
_UNSAID = "info"
"""What a line without a level counts as: those of Lambda itself, and of programs that write plain text."""
_OTHER_WORDS = {"warn": "warning", "fatal": "critical"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Lines of at least a level, with what a regular expression finds; neither leaves any out."""

    level: str = ""
    pattern: re.Pattern[str] | None = None

    def admits(self, line: LogEntry) -> bool:
        """Whether a line is to be shown. The pattern is looked for in the line as it was written, as JSON."""
        if self.level and LEVELS.index(_level(line)) < LEVELS.index(self.level):
            return False
        return (
            self.pattern is None
            or self.pattern.search(json.dumps(line.record, ensure_ascii=False)) is not None
        )

    def chosen(self, lines: Iterable[LogEntry]) -> list[LogEntry]:
        """The lines to show."""
        return [line for line in lines if self.admits(line)]


def _level(line: LogEntry) -> str:
    word = str(line.record.get("level", _UNSAID)).lower()
    word = _OTHER_WORDS.get(word, word)
    return word if word in LEVELS else _UNSAID


def line_filter(level: str, pattern: str) -> LineFilter:
    """The filter of `--level` and `--grep`, each empty where it was not given. Raises UsageError."""
    if level and level.lower() not in LEVELS:
        raise UsageError(f"--level `{level}` is no level", hint=f"there are {', '.join(LEVELS)}")
    try:
        compiled = re.compile(pattern) if pattern else None
    except re.error as error:
        raise UsageError(
            f"--grep `{pattern}` is no regular expression: {error}",
            hint="put a backslash before characters that are meant as they are",
        ) from None
    return LineFilter(level=level.lower(), pattern=compiled)
