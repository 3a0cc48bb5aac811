"""Turns values that hold no block into planned ones: texts, numbers, maps, lists and documents.

A secret is masked, and what is not known is left out of the values and marked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..graph.values import UNKNOWN, Secret, Value, known, reveal
from .schema import Kind

MASK = "(sensitive value)"
"""Stands for every secret, as in Terraform's own output."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks assets among property values; pulumi/pulumi, sdk/proto/resource.proto."""
INTERNAL = "__"
"""How the names begin that Pulumi keeps for itself among properties."""
OMITTED = object()
"""Stands for a value that is not in the plan."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A value as a plan has it, with the marks of what is unknown and secret in it."""

    value: Any
    unknown: Any = False
    sensitive: Any = False


NOT_KNOWN = Converted(OMITTED, unknown=True)
LATER_SECRET = Converted(OMITTED, unknown=True, sensitive=True)


def scalar(value: Value, kind: Kind) -> Converted:
    """A text, a number or a bool; an object in its place is a JSON document."""
    if isinstance(value, dict | list):
        return _document(value)
    return Converted(_as_kind(value, kind))


def _as_kind(value: Any, kind: Kind) -> Any:
    """Terraform converts between strings, numbers and bools as the schema wants them."""
    match kind:
        case Kind.STRING if isinstance(value, bool):
            return "true" if value else "false"
        case Kind.STRING if isinstance(value, int | float):
            return str(value)
        case Kind.BOOL if value in ("true", "false"):
            return value == "true"
        case Kind.NUMBER if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                return value
        case _:
            return value


def _document(value: dict[str, Any] | list[Any]) -> Converted:
    """A JSON document that a program gave as an object, or a file that stands where a path is wanted."""
    if isinstance(value, dict) and SIGNATURE in value:
        return Converted(value.get("path") or value.get("uri") or value.get("hash") or "asset")
    if not known(value):
        return NOT_KNOWN
    text = json.dumps(reveal(value), separators=(",", ":"))
    return mask(Converted(text)) if _holds_secret(value) else Converted(text)


def text_map(value: Value) -> Converted:
    """A map of texts, such as tags."""
    if not isinstance(value, dict):
        return plain(value)
    return joined({name: _element(item) for name, item in value.items() if not name.startswith(INTERNAL)})


def _element(value: Value) -> Converted:
    if isinstance(value, Secret):
        return mask(_element(value.value))
    if value is UNKNOWN:
        return NOT_KNOWN
    return scalar(value, Kind.STRING)


def plain_list(value: Value) -> Converted:
    """A list of plain values, unknown as a whole where one is; one value alone is a list too."""
    items = [plain(item) for item in (value if isinstance(value, list) else [value])]
    if any(item.value is OMITTED for item in items):
        return LATER_SECRET if any(item.sensitive for item in items) else NOT_KNOWN
    marks = [item.sensitive for item in items]
    return Converted([item.value for item in items], sensitive=marks if any(marks) else False)


def plain(value: Value) -> Converted:
    """A value whose form the schema does not say: as it stands."""
    if isinstance(value, Secret):
        return mask(plain(value.value))
    if value is UNKNOWN:
        return NOT_KNOWN
    if isinstance(value, dict):
        return joined({name: plain(item) for name, item in value.items()})
    if isinstance(value, list):
        return plain_list(value)
    return Converted(value)


def joined(items: Mapping[str, Converted]) -> Converted:
    """Values by name as one value."""
    return Converted(
        {name: item.value for name, item in items.items() if item.value is not OMITTED},
        {name: item.unknown for name, item in items.items() if item.unknown},
        {name: item.sensitive for name, item in items.items() if item.sensitive},
    )


def mask(converted: Converted) -> Converted:
    """Hide a value, and mark it as secret."""
    if converted.value is OMITTED:
        return LATER_SECRET
    value = _masked(converted.value)
    return LATER_SECRET if value is OMITTED else Converted(value, converted.unknown, sensitive=True)


def _masked(value: Any) -> Any:
    """Hide every value; what is no text has no mask, and is left to be unknown."""
    if isinstance(value, str):
        return MASK
    if isinstance(value, dict):
        return {name: hidden for name, item in value.items() if (hidden := _masked(item)) is not OMITTED}
    if isinstance(value, list):
        return [hidden for item in value if (hidden := _masked(item)) is not OMITTED]
    return None if value is None else OMITTED


def _holds_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return any(_holds_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_secret(item) for item in value)
    return isinstance(value, Secret)
