"""Translates Pulumi's camelCase inputs into the arguments of an API, by botocore's description of that API.

Most names differ only in case (`vpcId`, `VpcId`), or in the plural that Pulumi gives to lists (`settings`,
`setting`); and Pulumi may have an object where the API has a list of one, or the other way round. The shape
of the operation's input is enough to translate these, nested ones included, so that a mapping only names what
really differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Renames = Mapping[str, str]
"""Dotted path of an input, list positions left out, to the name of the API's member that it fills."""


class TranslationError(ValueError):
    """A value that does not fit the API's shape; `path` is dotted, `detail` says what is wrong."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"`{path}` {detail}")
        self.path = path
        self.detail = detail


def to_arguments(shape: Any, inputs: Mapping[str, Any], renames: Renames | None = None) -> dict[str, Any]:
    """Translate a set of inputs into the members of a botocore structure shape; raises TranslationError.

    Nulls are left out. `shape` is a botocore StructureShape.
    """
    return _structure(shape, inputs, "", renames or {})


def member_for(members: Iterable[str], name: str) -> str | None:
    """Find the API member for a Pulumi name, ignoring case, and singular or plural."""
    folded = {member.lower(): member for member in members}
    return next((folded[spelling] for spelling in _spellings(name.lower()) if spelling in folded), None)


def camel_case(name: str) -> str:
    """Spell an API member (`VpcId`, `ARN`) the way Pulumi spells its outputs (`vpcId`, `arn`)."""
    if name.isupper():
        return name.lower()
    return name[:1].lower() + name[1:]


def _spellings(name: str) -> Iterable[str]:
    yield name
    if name.endswith("ies"):
        yield name[:-3] + "y"
    if name.endswith("es"):
        yield name[:-2]
    if name.endswith("s"):
        yield name[:-1]
    else:
        yield name + "s"
    if name.endswith("y"):
        yield name[:-1] + "ies"
    yield name + "es"


def _structure(shape: Any, value: Mapping[str, Any], path: str, renames: Renames) -> dict[str, Any]:
    translated: dict[str, Any] = {}
    for name, part in value.items():
        if part is None:
            continue
        inner = f"{path}.{name}" if path else name
        member = renames.get(inner) or member_for(shape.members, name)
        if member is None or member not in shape.members:
            raise TranslationError(inner, f"has no counterpart in {shape.name}")
        converted = _to_value(shape.members[member], part, inner, renames)
        if converted is not None:
            translated[member] = converted
    return translated


def _to_value(shape: Any, value: Any, path: str, renames: Renames) -> Any:
    if getattr(shape, "is_document_type", False):
        return _to_document(value, path)
    match shape.type_name:
        case "structure":
            return _to_structure(shape, value, path, renames)
        case "list":
            # an object stands for a list of one; a JSON null in a list means nothing
            items = [value] if isinstance(value, Mapping) else value
            if not isinstance(items, list | tuple):
                raise TranslationError(path, "is not a list")
            return [_to_value(shape.member, item, path, renames) for item in items if item is not None]
        case "map":
            if not isinstance(value, Mapping):
                raise TranslationError(path, "is not an object")
            return {str(key): _to_value(shape.value, item, path, renames) for key, item in value.items()}
        case _:
            return _to_scalar(shape.type_name, value, path)


def _to_document(value: Any, path: str) -> Any:
    """Any JSON value, which Pulumi gives as its text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise TranslationError(path, "is not JSON") from error


def _to_structure(shape: Any, value: Any, path: str, renames: Renames) -> dict[str, Any] | None:
    if isinstance(value, list | tuple):
        if not value:
            return None
        if len(value) > 1:
            raise TranslationError(path, "may be given only once")
        value = value[0]
    if not isinstance(value, Mapping):
        raise TranslationError(path, "is not an object")
    return _structure(shape, value, path, renames)


def _to_scalar(kind: str, value: Any, path: str) -> Any:
    try:
        match kind:
            case "string":
                return _to_string(value)
            case "integer" | "long":
                return _to_integer(value)
            case "float" | "double":
                return float(value)
            case "boolean":
                return _to_boolean(value)
            case _:
                return value
    except (TypeError, ValueError) as error:
        raise TranslationError(path, f"is not of type {kind}") from error


def _to_string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list | tuple):
        # policy documents may be given as objects; the API wants their JSON
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _to_integer(value: Any) -> int:
    number = int(value)
    if isinstance(value, bool) or (isinstance(value, float) and number != value):
        raise ValueError(value)
    return number


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError(value)
