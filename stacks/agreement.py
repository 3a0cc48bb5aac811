"""Settings that several layers of an environment have, and that have to be the same in all of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from pydantic.alias_generators import to_camel

from stacks.config_file import ConfigFile
from stacks.errors import StackSettingsError
from stacks.layer_settings import SETTINGS, MeshSettings
from stacks.names import PROJECT, Layer

SHARED = tuple(f"{PROJECT}:{to_camel(name)}" for name in MeshSettings.model_fields)
"""Of these a service is given one half by the platform and the other by the workloads."""


def check_agreement(files: Mapping[Layer, ConfigFile]) -> None:
    """Raise StackSettingsError where one file of an environment says otherwise than another; `files` are
    those that there are.
    """
    meshed = [layer for layer, model in SETTINGS.items() if issubclass(model, MeshSettings)]
    for first, other in pairwise(files[layer] for layer in meshed if layer in files):
        for key in SHARED:
            if other.values.get(key) != first.values.get(key):
                raise _error(key, first, other)


def _error(key: str, first: ConfigFile, other: ConfigFile) -> StackSettingsError:
    """At the file that sets it, where only one does."""
    at, against = (other, first) if key in other.values else (first, other)
    expected = against.values.get(key)
    there = "not set" if expected is None else f"`{expected}`"
    return StackSettingsError(
        f"`{key}` is `{at.values[key]}`, and {there} in {against.path.name}",
        hint="write the same into both files: one half of a service would be of another kind than the other",
        key=key,
        expected=None if expected is None else f"`{expected}`",
        path=at.path,
        line=at.lines[key],
    )
