"""Turns the inputs of a resource into the values of a planned one.

What Terraform shows for a resource that is to be made: what the program set, the provider's defaults, null
for what may be left out, an empty list for a block that is left out. What only the provider will set is left
out of the values and marked as unknown.
Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..graph.values import UNKNOWN, Secret, Value
from .names import Names, nested_attribute, snake
from .plain_values import (
    INTERNAL,
    NOT_KNOWN,
    OMITTED,
    Converted,
    joined,
    mask,
    plain,
    plain_list,
    scalar,
    text_map,
)
from .schema import Attribute, Kind, Schema, Shape


@dataclass(kw_only=True)
class Planned:
    """A block's values, which of them are unknown and which are secret, in the forms a plan has.

    `sources` says which input each attribute came from; `strange` names inputs that the schema does not
    know; `in_set` says that the block stands in a set.
    """

    values: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    sensitive: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    in_set: bool = False


_EMPTY: Mapping[Kind, Callable[[], Any]] = {
    Kind.STRING: str,
    Kind.NUMBER: int,
    Kind.BOOL: bool,
    Kind.LIST: list,
    Kind.MAP: dict,
}


_LEFT_TO_AWS: tuple[Any, ...] = ([], {})
"""What a program gives that is as good as nothing, where AWS then sets the value."""


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
            if not name.startswith(INTERNAL)
        }
        planned = self._block(shape, inputs, sources)
        if outputs:
            self._add_outputs(token, shape, outputs, planned)
        if "tags_all" in planned.unknown:
            _copy_tags(shape, planned)
        return planned

    def _block(
        self,
        shape: Shape,
        inputs: Mapping[str, Value],
        sources: Mapping[str, str | None],
        *,
        in_set: bool = False,
    ) -> Planned:
        planned = Planned(in_set=in_set)
        for name, attribute_name in sources.items():
            value = inputs[name]
            if value is None:
                continue
            if attribute_name is None:
                planned.strange.append(name)
                attribute_name, attribute = snake(name), Attribute(kind=Kind.ANY)  # noqa: PLW2901
            else:
                attribute = shape[attribute_name]
            converted = self._value(value, attribute, planned)
            if attribute.computed and converted.value in _LEFT_TO_AWS:
                continue
            planned.sources[attribute_name] = name
            _store(planned, attribute_name, converted)
        for attribute_name, attribute in shape.items():
            if attribute_name not in planned.sources:
                _store(planned, attribute_name, _absent(attribute, in_set=in_set))
        return planned

    def _add_outputs(self, token: str, shape: Shape, outputs: Mapping[str, Value], planned: Planned) -> None:
        for name, value in outputs.items():
            attribute_name = self._names.attribute(token, name, shape)
            if attribute_name is None or attribute_name in planned.sources or value is None:
                continue
            if shape[attribute_name].computed:
                planned.unknown.pop(attribute_name, None)
                _store(planned, attribute_name, self._value(value, shape[attribute_name], planned))

    def _value(self, value: Value, attribute: Attribute, planned: Planned) -> Converted:
        if isinstance(value, Secret):
            return mask(self._value(value.value, attribute, planned))
        if value is UNKNOWN:
            return NOT_KNOWN
        match attribute.kind:
            case Kind.STRING | Kind.NUMBER | Kind.BOOL:
                return scalar(value, attribute.kind)
            case Kind.MAP:
                return text_map(value)
            case Kind.LIST:
                return plain_list(value)
            case Kind.BLOCKS | Kind.BLOCK_SET:
                return self._blocks(value if isinstance(value, list) else [value], attribute, planned)
            case Kind.OBJECT:
                first = value[0] if isinstance(value, list) and value else value
                return self._one(first, attribute, planned)
            case Kind.BLOCK_MAP if isinstance(value, dict):
                return joined({name: self._one(item, attribute, planned) for name, item in value.items()})
            case _:
                return plain(value)

    def _blocks(self, values: list[Value], attribute: Attribute, planned: Planned) -> Converted:
        items = [self._one(value, attribute, planned) for value in values if value is not None]
        if any(item.value is OMITTED for item in items):
            return Converted(OMITTED, unknown=True, sensitive=any(item.sensitive is True for item in items))
        return Converted(
            [item.value for item in items],
            [item.unknown for item in items],
            [item.sensitive for item in items],
        )

    def _one(self, value: Value, attribute: Attribute, planned: Planned) -> Converted:
        if isinstance(value, Secret):
            return mask(self._one(value.value, attribute, planned))
        if value is UNKNOWN:
            return NOT_KNOWN
        if not isinstance(value, dict):
            return plain(value)
        shape = self._schema.block(attribute)
        sources = {name: nested_attribute(name, shape) for name in value if not name.startswith(INTERNAL)}
        inner = self._block(shape, value, sources, in_set=planned.in_set or attribute.kind is Kind.BLOCK_SET)
        planned.strange += inner.strange
        return Converted(inner.values, inner.unknown, inner.sensitive)


def _store(planned: Planned, name: str, converted: Converted) -> None:
    if converted.value is not OMITTED:
        planned.values[name] = converted.value
    if converted.unknown:
        planned.unknown[name] = converted.unknown
    if converted.sensitive:
        planned.sensitive[name] = converted.sensitive


def _absent(attribute: Attribute, *, in_set: bool) -> Converted:
    if attribute.computed:
        return NOT_KNOWN
    if attribute.kind in (Kind.BLOCKS, Kind.BLOCK_SET):
        return Converted([])
    if attribute.default is None and in_set:
        return Converted(_EMPTY.get(attribute.kind, lambda: None)())
    return Converted(attribute.default)


def _copy_tags(shape: Shape, planned: Planned) -> None:
    """A graph does not say which tags the provider adds, so all tags are those of the resource."""
    tags = planned.values.get("tags")
    if not {"tags", "tags_all"} <= shape.keys() or "tags_all" in planned.values:
        return
    if planned.unknown.get("tags") is True or not (tags is None or isinstance(tags, dict)):
        return
    del planned.unknown["tags_all"]
    planned.values["tags_all"] = dict(tags or {})
    for marks in (planned.unknown, planned.sensitive):
        if "tags" in marks:
            marks["tags_all"] = marks["tags"]
