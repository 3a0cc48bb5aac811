"""Turns messages of Cedar into errors with a place; Cedar's own messages have none."""

from __future__ import annotations

import re

from policies.calls.language.errors import PolicyError
from policies.calls.language.text import CedarStatement


def find_quoted(message: str, text: str) -> int | None:
    """The offset in the text of the first thing that a message of Cedar quotes; None if there is none."""
    for quoted in re.findall(r"`([^`]+)`", message):
        found = re.search(rf"(?<!\w){re.escape(quoted)}(?!\w)", text)
        if found:
            return found.start()
    return None


def plain(message: str) -> str:
    """A message of Cedar on one line, lowercase and without a full stop."""
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]


def fault_at(statement: CedarStatement, message: str, hint: str, *, offset: int | None = None) -> PolicyError:
    """An error in a statement: at `offset` of its file, or where the statement starts."""
    line: int | None = statement.line
    column: int | None = statement.column
    if statement.document.generated:
        line = column = None
    elif offset is not None:
        line, column = statement.line_and_column(offset)
    return PolicyError(message, path=statement.document.path, line=line, column=column, hint=hint)
