"""Property values as Pulumi writes them into its documents and sends them to its engine.

Plain JSON, except for objects marked with a signature key, and one fixed string for what is not known.
Source: pulumi/pulumi, sdk/proto/resource.proto and the "special signatures" of its property marshalling.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .values import UNKNOWN, Location, Secret, Value

SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a secret
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_HIDDEN = "[secret]"
"""What `pulumi preview --json` writes in the place of a secret."""
_PROJECT = "project://"
_FILE = "file://"


def decode(value: Any) -> Value:
    """Read one value; a secret of which only the ciphertext is there has an unknown value."""
    if isinstance(value, dict):
        match value.get(SIGNATURE):
            case signature if signature == _SECRET:
                return Secret(value=_uncovered(value))
            case signature if signature == _RESOURCE:
                return decode(value.get("id") or value.get("urn"))
            case signature if signature == _OUTPUT:
                found = decode(value["value"]) if "value" in value else UNKNOWN
                return Secret(value=found) if value.get("secret") else found
        return {name: decode(item) for name, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    if value == _UNKNOWN:
        return UNKNOWN
    return Secret(value=UNKNOWN) if value == _HIDDEN else value


def decode_all(properties: Mapping[str, Any]) -> dict[str, Value]:
    """Read a set of properties, without the notes that Pulumi keeps among them (`__defaults`)."""
    return {name: decode(value) for name, value in properties.items() if not name.startswith("__")}


def _uncovered(value: Mapping[str, Any]) -> Value:
    if "value" in value:
        return decode(value["value"])
    if "plaintext" in value:
        return decode(json.loads(value["plaintext"]))
    return UNKNOWN


def location(position: str) -> Location | None:
    """Read a source position such as `project:///stacks/main.py#12,4`; None for any other form."""
    uri, _, place = position.partition("#")
    line = place.partition(",")[0]
    if not line.isdigit():
        return None
    if uri.startswith(_PROJECT):
        return Location(path=unquote(uri.removeprefix(_PROJECT).lstrip("/")), line=int(line))
    if uri.startswith(_FILE):
        return Location(path=unquote(uri.removeprefix(_FILE)), line=int(line))
    return None
