"""What a decision looks at has to be what the handler reads: a payload's member under one name. Pure.

A decision is about the member `amount` of the JSON. A model that reads the same field from `amt` as well
would have the handler do another amount than the one that was allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, AliasPath, BaseModel
from pydantic.fields import FieldInfo


def ambiguous(payload: Any, attributes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The attributes that a payload's type reads from a member of another name, too, each with that name.

    A policy looks at all of an attribute, so within one no field may have two names.
    """
    for model in _models_in(payload):
        yield from _ambiguous_fields(model, attributes)


def _ambiguous_fields(model: type[BaseModel], attributes: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        read = _read_from(name, info, model)
        looked_at = sorted(read & set(attributes))
        for attribute in looked_at:
            yield from ((attribute, other) for other in sorted(read - {attribute}))
        if looked_at:
            for inner in _models_within(info.annotation, frozenset()):
                for inner_name, inner_info in inner.model_fields.items():
                    first, *others = sorted(_read_from(inner_name, inner_info, inner))
                    yield from ((f"{looked_at[0]}.{first}", other) for other in others)


def _models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """The models that a payload may be: itself, or one of a union's."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    elif get_origin(kind) in (Union, UnionType, Annotated):
        for each in get_args(kind):
            yield from _models_in(each)


def _models_within(kind: Any, seen: frozenset[Any]) -> Iterator[type[BaseModel]]:
    """The models in a type, and in those."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind in seen:
            return
        yield kind
        for info in kind.model_fields.values():
            yield from _models_within(info.annotation, seen | {kind})
        return
    for each in get_args(kind):
        yield from _models_within(each, seen)


def _read_from(name: str, info: FieldInfo, model: type[BaseModel]) -> set[str]:
    """The members that a field takes its value from."""
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    alias = info.validation_alias or info.alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    found = {
        str(choice.path[0] if isinstance(choice, AliasPath) else choice)
        for choice in choices
        if choice is not None
    }
    return found | {name} if by_name or not found else found
