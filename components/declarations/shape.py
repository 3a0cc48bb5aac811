"""Turns what pydantic found wrong with the shape of a declaration into one sentence with a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from components.declarations.declaration import ServiceDeclaration
from components.declarations.document import DeclarationFile, dotted
from components.declarations.errors import DeclarationError
from components.declarations.positions import KeyPath

_KEY = "[key]"
"""How pydantic marks in a location that the key of a table is meant, not its value."""
_GIVEN_BY_FOLDER = frozenset({"name", "path"})


def shape_errors(document: DeclarationFile, error: ValidationError) -> list[DeclarationError]:
    """What is wrong, by line; missing keys come after wrong ones of the same table, and are not told where
    something else is wrong: it may be the key that is missing, misspelled.
    """
    found = sorted(error.errors(), key=lambda detail: (document.line(_path(detail)), detail["type"]))
    wrong = [detail for detail in found if detail["type"] != "missing"]
    return [_error(document, detail) for detail in wrong or found]


def _path(detail: ErrorDetails) -> KeyPath:
    return tuple(part for part in detail["loc"] if part != _KEY)


def _error(document: DeclarationFile, detail: ErrorDetails) -> DeclarationError:
    path = _path(detail)
    model, field = _locate(path)
    if detail["type"] == "extra_forbidden":
        return document.unknown_key(path, known=_keys(model))
    if detail["type"] == "missing":
        return document.error(
            f"missing key `{dotted(path)}`", at=path[:-1], hint=f"add `{path[-1]} = ...`, {_expected(field)}"
        )
    if detail["loc"][-1] == _KEY:
        table = _locate(path[:-1])[1]
        expected = _metadata_description(_arguments(table)[0])
        message = f"the name `{path[-1]}` in `{dotted(path[:-1])}` must be {expected}"
    else:
        message = f"`{dotted(path)}` must be {_expected(field)}, not {_quoted(detail['input'])}"
    return document.error(message, at=path, hint="correct the value")


def _locate(path: KeyPath) -> tuple[type[BaseModel], Any]:
    """The model that a key belongs to, and what describes it: a field, or the annotation of an item."""
    model: type[BaseModel] = ServiceDeclaration
    field: Any = None
    for part in path:
        if isinstance(part, str) and _is_model(field):
            model = _as_model(field)
        if isinstance(part, str) and (field is None or _is_model(field)):
            field = model.model_fields.get(part)
        else:
            field = _arguments(field)[-1 if isinstance(part, str) else 0]
    return model, field


def _annotation(field: Any) -> Any:
    return field.annotation if isinstance(field, FieldInfo) else field


def _arguments(field: Any) -> tuple[Any, ...]:
    return get_args(_annotation(field))


def _models(field: Any) -> Iterable[type[BaseModel]]:
    annotation = _annotation(field)
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            yield candidate


def _is_model(field: Any) -> bool:
    return next(iter(_models(field)), None) is not None


def _as_model(field: Any) -> type[BaseModel]:
    return next(iter(_models(field)))


def _keys(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields) - (_GIVEN_BY_FOLDER if model is ServiceDeclaration else set())


def _expected(field: Any) -> str:
    described = field.description if isinstance(field, FieldInfo) else _metadata_description(field)
    if described:
        return str(described)
    return "a table" if _is_model(field) else "text"


def _metadata_description(annotation: Any) -> str:
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, FieldInfo) and item.description:
            return item.description
    return ""


def _quoted(value: Any) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f'`"{value}"`' if len(value) <= 60 else "so long a text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"`{value}`"
