"""Turns the inputs of a resource into the values of a planned one.

What Terraform shows for a resource that is to be made: what the program set, the provider's defaults, null
for what may be left out, an empty list for a block that is left out. What only the provider will set is left
out of the values and marked as unknown.
Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.graph.values import UNKNOWN, Secret, Value, known, reveal
from policies.terraform.names import Names, nested_attribute, snake
from policies.terraform.schema import Attribute, Kind, Schema, Shape

MASK = "(sensitive value)"
"""Stands for every secret, as in Terraform's own output."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks assets among property values; pulumi/pulumi, sdk/proto/resource.proto."""
_OMITTED = object()
_INTERNAL = "__"


@dataclass(kw_only=True)
class Planned:
    """A block's values, which of them are unknown and which are secret, in the forms a plan has.

    `sources` says which input each attribute came from; `strange` names inputs that the schema does not know.
    """

    values: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    sensitive: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Converted:
    value: Any
    unknown: Any = False
    sensitive: Any = False


_NOT_KNOWN = _Converted(_OMITTED, unknown=True)
_LATER_SECRET = _Converted(_OMITTED, unknown=True, sensitive=True)


class Converter:
    """Converts by the provider's schema."""

    def __init__(self, schema: Schema, names: Names) -> None:
        """Take the schema, and the names for its top level."""
        self._schema = schema
        self._names = names

    def resource(
        self, token: str, shape: Shape, inputs: Mapping[str, Value], outputs: Mapping[str, Value]
    ) -> Planned:
        """Convert a resource; `outputs` fill what only the provider knows, where it has been deployed."""
        sources = {
            name: self._names.attribute(token, name, shape)
            for name in inputs
            if not name.startswith(_INTERNAL)
        }
        planned = self._block(shape, inputs, sources)
        if outputs:
            self._add_outputs(token, shape, outputs, planned)
        if planned.values.get("tags") is not None or "tags_all" in planned.unknown:
            _copy_tags(shape, planned)
        return planned

    def _block(self, shape: Shape, inputs: Mapping[str, Value], sources: Mapping[str, str | None]) -> Planned:
        planned = Planned()
        for name, attribute_name in sources.items():
            value = inputs[name]
            if value is None:
                continue
            if attribute_name is None:
                planned.strange.append(name)
                attribute_name, attribute = snake(name), Attribute(kind=Kind.ANY)  # noqa: PLW2901
            else:
                attribute = shape[attribute_name]
            planned.sources[attribute_name] = name
            _store(planned, attribute_name, self._value(value, attribute, planned))
        for attribute_name, attribute in shape.items():
            if attribute_name not in planned.sources:
                _store(planned, attribute_name, _absent(attribute))
        return planned

    def _add_outputs(self, token: str, shape: Shape, outputs: Mapping[str, Value], planned: Planned) -> None:
        for name, value in outputs.items():
            attribute_name = self._names.attribute(token, name, shape)
            if attribute_name is None or attribute_name in planned.sources or value is None:
                continue
            if shape[attribute_name].computed:
                planned.unknown.pop(attribute_name, None)
                _store(planned, attribute_name, self._value(value, shape[attribute_name], planned))

    def _value(self, value: Value, attribute: Attribute, planned: Planned) -> _Converted:
        if isinstance(value, Secret):
            return _mask(self._value(value.value, attribute, planned))
        if value is UNKNOWN:
            return _NOT_KNOWN
        match attribute.kind:
            case Kind.STRING | Kind.NUMBER | Kind.BOOL:
                return _scalar(value, attribute.kind)
            case Kind.MAP:
                return _map(value)
            case Kind.LIST:
                return _list(value)
            case Kind.BLOCKS:
                return self._blocks(value if isinstance(value, list) else [value], attribute, planned)
            case Kind.OBJECT:
                first = value[0] if isinstance(value, list) and value else value
                return self._one(first, attribute, planned)
            case Kind.BLOCK_MAP if isinstance(value, dict):
                return _joined({name: self._one(item, attribute, planned) for name, item in value.items()})
            case _:
                return _plain(value)

    def _blocks(self, values: list[Value], attribute: Attribute, planned: Planned) -> _Converted:
        items = [self._one(value, attribute, planned) for value in values if value is not None]
        if any(item.value is _OMITTED for item in items):
            return _Converted(_OMITTED, unknown=True, sensitive=any(item.sensitive is True for item in items))
        return _Converted(
            [item.value for item in items],
            [item.unknown for item in items],
            [item.sensitive for item in items],
        )

    def _one(self, value: Value, attribute: Attribute, planned: Planned) -> _Converted:
        if isinstance(value, Secret):
            return _mask(self._one(value.value, attribute, planned))
        if value is UNKNOWN:
            return _NOT_KNOWN
        if not isinstance(value, dict):
            return _plain(value)
        shape = self._schema.block(attribute)
        sources = {name: nested_attribute(name, shape) for name in value if not name.startswith(_INTERNAL)}
        inner = self._block(shape, value, sources)
        planned.strange += inner.strange
        return _Converted(inner.values, inner.unknown, inner.sensitive)


def _store(planned: Planned, name: str, converted: _Converted) -> None:
    if converted.value is not _OMITTED:
        planned.values[name] = converted.value
    if converted.unknown:
        planned.unknown[name] = converted.unknown
    if converted.sensitive:
        planned.sensitive[name] = converted.sensitive


def _absent(attribute: Attribute) -> _Converted:
    if attribute.computed:
        return _NOT_KNOWN
    if attribute.kind is Kind.BLOCKS:
        return _Converted([])
    return _Converted(attribute.default)


def _copy_tags(shape: Shape, planned: Planned) -> None:
    """A graph does not say which tags the provider adds, so all tags are those of the resource."""
    if "tags" in shape and "tags_all" in shape and "tags_all" not in planned.sources:
        unknown = planned.unknown.pop("tags_all", None)
        if "tags" in planned.unknown and "tags" not in planned.values:
            planned.unknown["tags_all"] = unknown
            return
        planned.values["tags_all"] = dict(planned.values.get("tags") or {})
        if "tags" in planned.unknown:
            planned.unknown["tags_all"] = planned.unknown["tags"]


def _scalar(value: Value, kind: Kind) -> _Converted:
    if isinstance(value, dict | list):
        return _document(value)
    return _Converted(_as_kind(value, kind))


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


def _document(value: dict[str, Any] | list[Any]) -> _Converted:
    """A JSON document that a program gave as an object, or a file that stands where a path is wanted."""
    if isinstance(value, dict) and SIGNATURE in value:
        return _Converted(value.get("path") or value.get("uri") or value.get("hash") or "asset")
    if not known(value):
        return _NOT_KNOWN
    text = json.dumps(reveal(value), separators=(",", ":"))
    return _mask(_Converted(text)) if _holds_secret(value) else _Converted(text)


def _map(value: Value) -> _Converted:
    if not isinstance(value, dict):
        return _plain(value)
    return _joined({name: _element(item) for name, item in value.items() if not name.startswith(_INTERNAL)})


def _element(value: Value) -> _Converted:
    if isinstance(value, Secret):
        return _mask(_element(value.value))
    if value is UNKNOWN:
        return _NOT_KNOWN
    return _scalar(value, Kind.STRING)


def _list(value: Value) -> _Converted:
    items = [_plain(item) for item in (value if isinstance(value, list) else [value])]
    if any(item.value is _OMITTED for item in items):
        return _LATER_SECRET if any(item.sensitive for item in items) else _NOT_KNOWN
    marks = [item.sensitive for item in items]
    return _Converted([item.value for item in items], sensitive=marks if any(marks) else False)


def _plain(value: Value) -> _Converted:
    """A value whose form the schema does not say: as it stands."""
    if isinstance(value, Secret):
        return _mask(_plain(value.value))
    if value is UNKNOWN:
        return _NOT_KNOWN
    if isinstance(value, dict):
        return _joined({name: _plain(item) for name, item in value.items()})
    if isinstance(value, list):
        return _list(value)
    return _Converted(value)


def _joined(items: Mapping[str, _Converted]) -> _Converted:
    return _Converted(
        {name: item.value for name, item in items.items() if item.value is not _OMITTED},
        {name: item.unknown for name, item in items.items() if item.unknown},
        {name: item.sensitive for name, item in items.items() if item.sensitive},
    )


def _mask(converted: _Converted) -> _Converted:
    if converted.value is _OMITTED:
        return _LATER_SECRET
    value = _masked(converted.value)
    return _LATER_SECRET if value is _OMITTED else _Converted(value, converted.unknown, sensitive=True)


def _masked(value: Any) -> Any:
    """Hide every value; what is no text has no mask, and is left to be unknown."""
    if isinstance(value, str):
        return MASK
    if isinstance(value, dict):
        return {name: hidden for name, item in value.items() if (hidden := _masked(item)) is not _OMITTED}
    if isinstance(value, list):
        return [hidden for item in value if (hidden := _masked(item)) is not _OMITTED]
    return None if value is None else _OMITTED


def _holds_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return any(_holds_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_secret(item) for item in value)
    return isinstance(value, Secret)
