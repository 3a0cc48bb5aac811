"""Holds documents to the shapes that botocore has of AWS's answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def misfits(service: str, shape: str, document: Mapping[str, Any]) -> str:
    """What of a document does not fit a shape, by botocore's own validator; empty if all does."""
    found = _model(service).shape_for(shape)
    unknown = sorted(set(document) - set(found.members))
    report = ParamValidator().validate(document, found).generate_report()
    return "; ".join(filter(None, [f"unknown: {', '.join(unknown)}" if unknown else "", report]))


def wrong_values(service: str, shape: str, document: Mapping[str, Any]) -> list[str]:
    """The values of a document, and of those inside it, that are none of the shape's enumerations."""
    return list(_wrong(_model(service).shape_for(shape), document))


def _wrong(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        for name, inside in value.items():
            yield from _wrong(shape.members[name], inside)
    elif shape.type_name == "list":
        for inside in value:
            yield from _wrong(shape.member, inside)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{shape.name}: {value}"
