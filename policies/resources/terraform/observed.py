"""What a deployed resource's outputs tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..graph.values import UNKNOWN, Resource, Secret, Value
from .names import Names
from .schema import Shape

_NOTHING: tuple[Any, ...] = (None, "", [], {})


def observed(outputs: Mapping[str, Value]) -> dict[str, Value]:
    """Outputs that say something: AWS reports a setting that is off as null, `""`, `[]` or `{}`, at any
    depth.

    A preview's outputs can be unknown; these say nothing either.
    """
    found = {name: _told(value) for name, value in outputs.items()}
    return {name: value for name, value in found.items() if value not in _NOTHING and value is not UNKNOWN}


def _told(value: Value) -> Value:
    if isinstance(value, Secret):
        return value
    if isinstance(value, dict):
        return observed(value)
    if isinstance(value, list):
        told = [_told(item) for item in value]
        return UNKNOWN if UNKNOWN in told else [item for item in told if item not in _NOTHING]
    return value


def settings(resource: Resource, names: Names, shape: Shape) -> dict[str, Value]:
    """A resource's inputs, and of what they leave to AWS what it has chosen, by Pulumi's names."""
    found = dict(resource.inputs)
    given = {
        names.attribute(resource.token, name, shape) for name, value in found.items() if value is not None
    }
    for name, value in observed(resource.outputs).items():
        attribute = names.attribute(resource.token, name, shape)
        if attribute is not None and attribute not in given and _is_left_to_aws(shape, attribute):
            found[name] = value
    return found


def _is_left_to_aws(shape: Shape, attribute: str) -> bool:
    return shape[attribute].computed and not shape[attribute].read_only
