"""Property paths, as resource options and differences name a part of the inputs.

`tags.Name`, `rules[0].port`, `tags["a.b"]`, and with a wildcard `rules[*].port` or `*` for everything.

Source: https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from enum import Enum


class Wildcard(Enum):
    """The part of a path that stands for every key or position."""

    EVERY = "*"


Part = str | int | Wildcard
Path = tuple[Part, ...]

_PLAIN = re.compile(r"[^\[\]\".*]+")
_TOKEN = re.compile(
    r"""(?:^|(?!^)\.)(?P<name>[^\[\]".*]+)   # a name, after a dot unless it is the first
      | (?:^|(?!^)\.)(?P<star>\*)            # every name
      | \[(?P<index>\d+)\]
      | \[(?P<every>\*)\]
      | \[(?P<quoted>"(?:[^"\\]|\\.)*")\]
    """,
    re.VERBOSE,
)


def parse(text: str) -> Path:
    """Read a path; raises ValueError for one that is malformed."""
    parts: list[Part] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError(f"`{text}` is not a property path from character {position + 1} on")
        parts.append(_part(found))
        position = found.end()
    if not parts:
        raise ValueError("a property path is not empty")
    return tuple(parts)


def _part(found: re.Match[str]) -> Part:
    if found["name"] is not None:
        return found["name"]
    if found["index"] is not None:
        return int(found["index"])
    if found["quoted"] is not None:
        return str(json.loads(found["quoted"]))
    return Wildcard.EVERY


def render(path: Iterable[Part]) -> str:
    """Write a path; `parse` reads it back."""
    text = ""
    for part in path:
        match part:
            case int():
                text += f"[{part}]"
            case Wildcard():
                text += "[*]"
            case str() if _PLAIN.fullmatch(part):
                text += f".{part}" if text else part
            case str():
                text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text


def touches(pattern: Sequence[Part], path: Sequence[Part]) -> bool:
    """Say whether a change at `path` changes what `pattern` names: one of them lies within the other."""
    return all(
        wanted is Wildcard.EVERY or wanted == found for wanted, found in zip(pattern, path, strict=False)
    )
