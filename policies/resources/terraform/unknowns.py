"""Finds the inputs whose value is not known yet, and makes resources in which they have one.

A check is decided where it says the same of a resource whatever its unknown inputs turn out to be. Trying
that takes values to try (example_values.py) and the places to put them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..graph.values import STACK_REFERENCE, UNKNOWN, Resource, Secret, Value, known, token_of
from .example_values import ABSENT
from .literal_references import may_refer
from .names import Names, nested_attribute, terraform_names
from .plain_values import INTERNAL
from .schema import Attribute, Kind, Schema

Path = tuple[str | int, ...]
TEXT = Attribute(kind=Kind.STRING)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownInput:
    """A place among a resource's inputs that has no value yet.

    `path` leads to it by Pulumi's names and by places in lists; `top` is the Terraform name of the input that
    it is in. `origin` says that the value comes from another resource, so that there will be one; `target` is
    the URN of the resource that it names, or empty where it may be anything. `hidden` says that there is a
    value, which is secret. `key` is the nearest name inside a JSON document, and None outside of one.
    """

    path: Path
    top: str
    attribute: Attribute
    origin: bool
    target: str = ""
    hidden: bool = False
    key: str | None = None

    @property
    def left_out(self) -> bool:
        """Whether a plan without it lacks what is known to be there: a secret, or the rest of a list or
        document.
        """
        return self.hidden or self.key is not None or isinstance(self.path[-1], int)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Input:
    """The input that a walk is in."""

    schema: Schema
    top: str
    urns: tuple[str, ...]

    def unknown(
        self, path: Path, attribute: Attribute = TEXT, *, key: str | None = None, hidden: bool = False
    ) -> UnknownInput:
        return UnknownInput(
            path=path,
            top=self.top,
            attribute=attribute,
            # what a stack reference gives may be nothing, also where it is secret
            origin=any(token_of(urn) != STACK_REFERENCE for urn in self.urns) or (hidden and not self.urns),
            target=next((urn for urn in self.urns if self._may_mean(urn)), ""),
            hidden=hidden,
            key=key,
        )

    def _may_mean(self, urn: str) -> bool:
        kind = terraform_names().terraform_type(token_of(urn))
        return kind is not None and may_refer(self.top, kind)


def unknown_inputs(
    resource: Resource, terraform_type: str, names: Names, schema: Schema
) -> tuple[UnknownInput, ...]:
    """The unknowns of a resource, in the order of its inputs."""
    shape = schema.resource(terraform_type)
    found: list[UnknownInput] = []
    for name, value in resource.inputs.items():
        top = None if name.startswith(INTERNAL) else names.attribute(resource.token, name, shape)
        if top is not None and not known(value):
            walked = _Input(schema=schema, top=top, urns=resource.references.get(name, ()))
            found += _in_attribute(walked, value, shape[top], (name,))
    return tuple(found)


def _in_attribute(walked: _Input, value: Value, attribute: Attribute, path: Path) -> Iterator[UnknownInput]:
    hidden, value = isinstance(value, Secret), _uncovered(value)
    if value is UNKNOWN:
        yield walked.unknown(path, attribute, hidden=hidden)
        return
    match attribute.kind:
        case Kind.STRING:
            yield from _in_document(walked, value, path, "")
        case Kind.BLOCKS | Kind.BLOCK_SET | Kind.OBJECT | Kind.BLOCK_MAP:
            for key, item in _items(value if isinstance(value, list) else [value]):
                place = (*path, key) if isinstance(value, list) else path
                yield from _in_block(walked, item, attribute, place)
        case _:
            for key, item in _items(value):
                if not known(item):
                    yield walked.unknown((*path, key), hidden=isinstance(item, Secret))


def _in_block(walked: _Input, value: Value, attribute: Attribute, path: Path) -> Iterator[UnknownInput]:
    value = _uncovered(value)
    if value is UNKNOWN:
        yield walked.unknown(path, attribute)
    elif isinstance(value, dict):
        shape = walked.schema.block(attribute)
        for name, item in value.items():
            found = None if name.startswith(INTERNAL) else nested_attribute(name, shape)
            if found is not None and not known(item):
                yield from _in_attribute(walked, item, shape[found], (*path, name))


def _in_document(walked: _Input, value: Value, path: Path, key: str) -> Iterator[UnknownInput]:
    value = _uncovered(value)
    if value is UNKNOWN:
        yield walked.unknown(path, key=key)
        return
    for name, item in _items(value):
        if not known(item):
            yield from _in_document(walked, item, (*path, name), name if isinstance(name, str) else key)


def _items(value: Value) -> Iterator[tuple[str | int, Value]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _uncovered(value: Value) -> Value:
    while isinstance(value, Secret):
        value = value.value
    return value


def with_values(resource: Resource, values: Mapping[Path, Any]) -> Resource:
    """A copy of a resource in which places have values; ABSENT takes the place away."""
    return replace(resource, inputs=_filled(resource.inputs, values, ()))


def _filled(value: Any, values: Mapping[Path, Any], path: Path) -> Any:
    if path in values:
        return values[path]
    if isinstance(value, Secret):
        inside = _filled(value.value, values, path)
        return inside if inside is ABSENT else Secret(value=inside)
    if isinstance(value, Mapping):
        items = {name: _filled(item, values, (*path, name)) for name, item in value.items()}
        return {name: item for name, item in items.items() if item is not ABSENT}
    if isinstance(value, list):
        filled = [_filled(item, values, (*path, place)) for place, item in enumerate(value)]
        return [item for item in filled if item is not ABSENT]
    return value
