"""What the installed pulumi_aws says of itself: its resource types, and the properties of each.

Only the modules that are asked for are imported; all of them take half a minute.
"""

from __future__ import annotations

import collections.abc
import importlib
import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pulumi_aws
from pulumi import _types

CONSTRUCTOR = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(?P<token>aws:[^']+)'")


Form: TypeAlias = Literal["block", "blocks", "map", "list", "document", "scalar"]


@dataclass(frozen=True, slots=True)
class Property:
    """One property; a document is a JSON text that may also be given as an object."""

    form: Form
    block: type | None = None
    """The class of the block, or of each block in a list."""
    plain: type = str
    """The type of a scalar."""


@cache
def tokens() -> Mapping[str, str]:
    """Every resource type, with the module that its class is in."""
    root = Path(pulumi_aws.__file__).parent
    found: dict[str, str] = {}
    for path in sorted(root.glob("*/*.py")):
        if not path.name.startswith("_") and (match := CONSTRUCTOR.search(path.read_text())):
            found[match["token"]] = f"pulumi_aws.{path.parent.name}.{path.stem}"
    return found


def properties(token: str) -> Mapping[str, Property]:
    """The inputs of a resource type, by Pulumi's names."""
    module = importlib.import_module(tokens()[token])
    arguments = next(name for name in module.__all__ if name.endswith("Args"))
    return _inputs(getattr(module, arguments))


def nested(block: type) -> Mapping[str, Property]:
    """The properties inside a block."""
    return _inputs(block)


@cache
def _inputs(kind: type) -> Mapping[str, Property]:
    names = _types.input_type_py_to_pulumi_names(kind)
    hints: Mapping[str, Any] = kind.__init__.__annotations__  # type: ignore[misc]
    scope = vars(importlib.import_module(kind.__module__))
    return {names[name]: _property(hint, scope) for name, hint in hints.items() if name in names}


def _property(hint: Any, scope: Mapping[str, Any]) -> Property:
    found = list(_forms(hint, scope))
    other = next((item for item in found if item.form != "scalar"), None)
    return other or next(iter(found), Property("scalar"))


def _forms(hint: Any, scope: Mapping[str, Any]) -> Iterator[Property]:
    """Each alternative of a hint; what may be awaited stands beside what it comes to."""
    origin = typing.get_origin(hint)
    if origin is typing.Union:
        for part in typing.get_args(hint):
            yield from _forms(part, scope)
    elif origin is collections.abc.Sequence:
        inner = _property(typing.get_args(hint)[0], scope)
        yield Property("blocks", inner.block) if inner.form == "block" else Property("list")
    elif origin is collections.abc.Mapping:
        yield Property("map")
    elif isinstance(hint, typing.ForwardRef):
        name = hint.__forward_arg__
        if name.endswith("Args") and isinstance(scope.get(name), type):
            yield Property("block", scope[name])
        elif name.endswith("Args"):
            yield Property("document")
    elif isinstance(hint, type) and hint.__name__.endswith("Args"):
        yield Property("block", hint)
    elif hint in (int, float, bool):
        yield Property("scalar", plain=hint)
