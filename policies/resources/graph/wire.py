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
_UNKNOWNS = frozenset(
    (
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # a text, and in documents a value of any kind
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
    )
)
_UNKNOWN_LENGTH = 36
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
        # which names there are is not known, so nothing can be said to be missing
        return (
            UNKNOWN if any(map(_has_unknown, value)) else {name: decode(item) for name, item in value.items()}
        )
    if isinstance(value, list):
        return [decode(item) for item in value]
    return _decode_text(value) if isinstance(value, str) else value


def _has_unknown(text: str) -> bool:
    return len(text) >= _UNKNOWN_LENGTH and any(mark in text for mark in _UNKNOWNS)


def _decode_text(text: str) -> Value:
    if text == _HIDDEN:
        return Secret(value=UNKNOWN)
    if not _has_unknown(text):
        return text
    if text in _UNKNOWNS:
        return UNKNOWN
    try:
        document = json.loads(text)
    except ValueError:
        return UNKNOWN
    # of a document with an unknown part, the rest is known
    return decode(document) if isinstance(document, dict | list) else UNKNOWN


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
    if not line.isdecimal():
        return None
    if uri.startswith(_PROJECT):
        return Location(path=unquote(uri.removeprefix(_PROJECT).lstrip("/")), line=int(line))
    if uri.startswith(_FILE):
        path = unquote(uri.removeprefix(_FILE))
        # a path of Windows begins with its drive
        return Location(path=path[1:] if path[2:3] == ":" else path, line=int(line))
    return None
