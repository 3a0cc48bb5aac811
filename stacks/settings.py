"""Turns a stack's configuration into typed settings, or says which key is wrong, and where."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from components.declarations import Services
from components.errors import ComponentError
from stacks.config_file import ConfigFile
from stacks.errors import StackSettingsError
from stacks.layer_settings import (
    SETTINGS,
    ContradictionError,
    Settings,
    WorkloadSettings,
)
from stacks.names import PROJECT, Layer
from stacks.region import check_region

_PREFIX = f"{PROJECT}:"
_Model = TypeVar("_Model", bound=BaseModel)


def settings_of(layer: Layer, values: Mapping[str, str], source: ConfigFile | None = None) -> Settings:
    """The settings of a layer from full configuration keys and their text; raises StackSettingsError.

    `source` is the file that they came from, for the places in errors. The region is checked with them.
    """
    check_region(values, source)
    return load_settings(SETTINGS[layer], values, source)


def load_settings(model: type[_Model], values: Mapping[str, str], source: ConfigFile | None = None) -> _Model:
    """Like `settings_of`, for a known model."""
    settings, errors = inspect_settings(model, values, source)
    if settings is None:
        raise errors[0]
    return settings


def inspect_settings(
    model: type[_Model], values: Mapping[str, str], source: ConfigFile | None = None
) -> tuple[_Model | None, list[StackSettingsError]]:
    """The settings of a layer, or everything that is wrong with them."""
    given = {key.removeprefix(_PREFIX): text for key, text in values.items() if key.startswith(_PREFIX)}
    fields = {to_camel(name): field for name, field in model.model_fields.items()}
    errors = [_unknown_key_error(key, model, source) for key in given if key not in fields]
    decoded = {key: _decode(fields[key], text) for key, text in given.items() if key in fields}
    settings = None
    try:
        settings = model(**decoded)
    except ValidationError as error:
        wrong = dict.fromkeys(str(detail["loc"][0]) for detail in error.errors())
        errors += [_wrong_value_error(key, given[key], _expected(fields[key]), source) for key in wrong]
    except ContradictionError as error:
        key = to_camel(error.field)
        errors.append(_error_at(key, error.message, hint=error.hint, expected=error.expected, source=source))
    except ComponentError as error:
        errors.append(_error_at("mesh", error.message, hint=error.hint, expected=None, source=source))
    return (None if errors else settings), errors


def check_workloads(settings: WorkloadSettings, services: Services, source: ConfigFile | None = None) -> None:
    """Raise StackSettingsError for what does not fit the declarations: an image tag or digest of no service,
    more tasks than a service may have.
    """
    _check_images(settings, services, source)
    least = settings.min_tasks or 0
    few = min(
        (one for one in services.services if one.scaling.max < least),
        default=None,
        key=lambda one: (one.scaling.max, one.name),
    )
    if few is not None:
        raise _error_at(
            "minTasks",
            f"`{_PREFIX}minTasks` of `{least}` is above the {few.scaling.max} tasks of `{few.name}` at most",
            hint=f"correct it, or `max` of [scaling] in {few.path}",
            expected=f"at most {few.scaling.max}",
            source=source,
        )


def _check_images(settings: WorkloadSettings, services: Services, source: ConfigFile | None) -> None:
    for key, named in (("imageTags", settings.image_tags), ("images", settings.images)):
        for name in named:
            if name not in services.images:
                raise _error_at(
                    key,
                    f"`{_PREFIX}{key}` names `{name}`, which is no service",
                    hint=f"declared are {', '.join(services.images)}",
                    expected=f"one of {', '.join(services.images)}",
                    source=source,
                )


def _decode(field: FieldInfo, text: str) -> Any:
    """The value of a setting: lists and tables are JSON, everything else is text."""
    if get_origin(field.annotation) in (tuple, Mapping):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _expected(field: FieldInfo) -> str:
    return field.description or "a value"


def _unknown_key_error(key: str, model: type[BaseModel], source: ConfigFile | None) -> StackSettingsError:
    known = sorted(to_camel(name) for name in model.model_fields)
    near = difflib.get_close_matches(key, known, n=1)
    home = next(
        (layer for layer, other in SETTINGS.items() if key in map(to_camel, other.model_fields)), None
    )
    if home is not None:
        hint = f"it belongs to the layer {home}"
    elif near:
        hint = f"did you mean `{_PREFIX}{near[0]}`"
    else:
        hint = f"known here are {', '.join(known)}"
    return _error_at(key, f"unknown setting `{_PREFIX}{key}`", hint=hint, expected=None, source=source)


def _wrong_value_error(key: str, text: str, expected: str, source: ConfigFile | None) -> StackSettingsError:
    return _error_at(
        key,
        f"`{_PREFIX}{key}` must be {expected}, not `{text}`",
        hint="correct the value",
        expected=expected,
        source=source,
    )


def _error_at(
    key: str, message: str, *, hint: str, expected: str | None, source: ConfigFile | None
) -> StackSettingsError:
    full = f"{_PREFIX}{key}"
    # a setting to blame may be one that is missing; then the line of another that the message names helps
    named = (full, *re.findall(rf"{_PREFIX}\w+", message))
    lines = source.lines if source else {}
    return StackSettingsError(
        message,
        hint=hint,
        key=full,
        expected=expected,
        path=source.path if source else None,
        line=next((lines[name] for name in named if name in lines), None),
    )
