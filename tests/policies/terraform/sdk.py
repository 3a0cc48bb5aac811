"""What the installed pulumi_aws says of itself: its resource types, and the properties of each."""

from __future__ import annotations

import collections.abc
import importlib
import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi_aws
from pulumi import _types

from stacks.lean_imports import import_provider_leanly

_CONSTRUCTOR = re.compile(r"super\((?P<class>\w+), __self__\)\.__init__\(\s*'(?P<token>aws:[^']+)'")


@dataclass(frozen=True, slots=True)
class Property:
    """One property: a `block`, `blocks` (a list of them), a `map`, a `list` or a `scalar`."""

    form: str
    block: type | None = None


@cache
def tokens() -> Mapping[str, tuple[str, str]]:
    """Every resource type, with the module and the class that make it."""
    root = Path(pulumi_aws.__file__).parent
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(root.glob("*/*.py")):
        if not path.name.startswith("_") and (match := _CONSTRUCTOR.search(path.read_text())):
            found[match["token"]] = (f"pulumi_aws.{path.parent.name}.{path.stem}", match["class"])
    return found


def properties(token: str) -> Mapping[str, Property]:
    """The inputs of a resource type, by Pulumi's names."""
    import_provider_leanly()
    module_name, class_name = tokens()[token]
    module = importlib.import_module(module_name)
    arguments = next(name for name in module.__all__ if name.endswith("Args"))
    assert arguments in (f"{class_name}Args", f"{class_name}InitArgs")
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
    return next((item for item in found if item.form != "scalar"), Property("scalar"))


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
