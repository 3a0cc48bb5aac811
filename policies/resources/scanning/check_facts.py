"""What checkov's checks look at, read from the checks themselves.

A check in Python names the attributes it reads, and the values it compares them with, in its source. A graph
check is a tree of conditions on attributes and on connections between resources.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CHECKS = "checkov.terraform.checks"
_PLAIN_BASES = ("base_resource_check", "base_check")
_ANSWERS = ("get_expected_value", "get_expected_values", "get_forbidden_values")
_COMPARING = ("startswith", "endswith", "index", "find")
_NEGATIVE = "not_"
_TYPE = "aws_"
_CONNECTION = "CONNECTION"
_MOST_CONSTANTS = 16
ANY_TYPE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """What a check looks at.

    `words` are the names in it, of attributes and of other things, by the Terraform type that they are about,
    or under ANY_TYPE. `constants` are the values that it compares attributes with. `connected` are the types
    that it wants to see connected, empty for a check that looks at one resource alone. `growing` says that
    another connection can only help to pass it.
    """

    id: str
    words: Mapping[str, frozenset[str]]
    constants: tuple[Any, ...] = ()
    connected: frozenset[str] = frozenset()
    growing: bool = True

    def reads(self, terraform_type: str, attribute: str) -> bool:
        """Whether it may look at an attribute of a type."""
        return any(attribute in self.words.get(kind, ()) for kind in (terraform_type, ANY_TYPE))


@cache
def facts_of(check: Any) -> CheckFacts:
    """The facts about one of checkov's check objects."""
    return _graph_facts(check) if hasattr(check, "sub_checks") else _source_facts(check)


def _source_facts(check: Any) -> CheckFacts:
    words: set[str] = set()
    constants: list[Any] = []
    for kind in type(check).__mro__:
        name = kind.__module__
        if name.startswith(_CHECKS) and not name.endswith(_PLAIN_BASES):
            found_words, found_constants = _read(sys.modules[name])
            words |= found_words
            constants += found_constants
    for name in _ANSWERS:
        if hasattr(check, name):
            constants += _listed(getattr(check, name)())
    return CheckFacts(id=check.id, words={ANY_TYPE: frozenset(words)}, constants=_distinct(constants))


@cache
def _read(module: ModuleType) -> tuple[frozenset[str], tuple[Any, ...]]:
    """The words in all texts of a module, and the constants that something is compared with."""
    tree = ast.parse(inspect.getsource(module))
    words: set[str] = set()
    constants: list[Any] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.update(_WORD.findall(node.value))
        elif isinstance(node, ast.Compare | ast.List | ast.Tuple | ast.Set):
            constants += [item.value for item in ast.iter_child_nodes(node) if isinstance(item, ast.Constant)]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _COMPARING:
            constants += [item.value for item in node.args if isinstance(item, ast.Constant)]
        elif isinstance(node, ast.Assign) and node in tree.body:
            # values that have a name are compared by it
            constants += _plain_values(getattr(module, getattr(node.targets[0], "id", ""), None))
    return frozenset(words), tuple(constants)


def _plain_values(value: Any) -> list[Any]:
    """A text or number, or those in a collection."""
    if isinstance(value, str | int):
        return [value]
    if isinstance(value, dict):
        return [found for item in (*value, *value.values()) for found in _plain_values(item)]
    if isinstance(value, list | tuple | set | frozenset):
        return [found for item in value for found in _plain_values(item)]
    return []


def _graph_facts(check: Any) -> CheckFacts:
    conditions = list(_conditions(check))
    connections = [item for item in conditions if item.type is not None and item.type.name == _CONNECTION]
    words: dict[str, set[str]] = {}
    for item in conditions:
        for kind in item.resource_types or (ANY_TYPE,):
            words.setdefault(str(kind), set()).update(_WORD.findall(str(item.attribute or "")))
    return CheckFacts(
        id=check.id,
        words={kind: frozenset(found) for kind, found in words.items()},
        constants=_distinct([value for item in conditions for value in _listed(item.attribute_value)]),
        connected=frozenset(
            str(kind)
            for item in connections
            for kind in (*(item.resource_types or ()), *(item.connected_resources_types or ()))
        ),
        growing=not any(str(item.operator).lower().startswith(_NEGATIVE) for item in connections),
    )


def _conditions(check: Any) -> Iterator[Any]:
    yield check
    for part in check.sub_checks:
        yield from _conditions(part)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _distinct(values: list[Any]) -> tuple[Any, ...]:
    """Plain values, each once; True and 1 are two. Names of types are no values of attributes."""
    plain = [value for value in values if isinstance(value, str | int) and value != ""]
    found = {
        (type(value), value): value
        for value in plain
        if not (isinstance(value, str) and value.startswith(_TYPE))
    }
    return tuple(found.values())[:_MOST_CONSTANTS]
