"""What Pulumi's engine said of a program that it ran."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import ProgramFailedError

_COLOR = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")
_MOST_LINES = 20


def errors_in(diagnostics: Iterable[Any]) -> tuple[str, ...]:
    """The messages of severity `error`, without colours, each once."""
    found = (
        _message(item)
        for item in diagnostics
        if isinstance(item, Mapping) and str(item.get("severity", "")).startswith("error")
    )
    return tuple(dict.fromkeys(text for text in found if text))


def _message(diagnostic: Mapping[str, Any]) -> str:
    text = f"{diagnostic.get('prefix') or ''}{diagnostic.get('message') or ''}"
    plain = _COLOR.sub("", text).strip().removeprefix("error:").strip()
    lines = plain.splitlines()
    if len(lines) <= _MOST_LINES:
        return plain
    # the end of a trace says what happened
    return "\n".join([lines[0], "...", *lines[2 - _MOST_LINES :]])


def program_failed(errors: Iterable[str], path: Path) -> ProgramFailedError:
    """The failure of a program that left nothing to judge, in its own words."""
    said = "; ".join(errors)
    return ProgramFailedError(
        f"the program failed, so there is nothing to judge: {said}",
        path=path,
        hint="mend the program, and preview it again",
    )
