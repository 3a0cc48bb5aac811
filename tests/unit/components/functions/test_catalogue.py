"""The rows of all functions: each can be deployed as it stands."""

from __future__ import annotations

import ast

import pytest

from components.functions.catalogue import DEFINITIONS, FUNCTIONS
from components.functions.definition import FunctionDefinition
from components.naming import FUNCTIONS as NAMES
from components.naming import PLATFORM_KEY
from tests.support.paths import ROOT
from tests.support.recording.declarations import PLACE

each_row = pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)


def test_rows_are_the_functions_that_names_are_made_for() -> None:
    """Roles and boundaries of runtime follow from the names, so that no function is left out there."""
    assert tuple(FUNCTIONS) == NAMES
    assert len({definition.component for definition in DEFINITIONS}) == len(DEFINITIONS)


@each_row
def test_handler_is_in_the_archive(definition: FunctionDefinition) -> None:
    """The handler is a name in a module of the project, below one of the archive's sources."""
    module, _, name = definition.handler.rpartition(".")
    path = f"{module.replace('.', '/')}.py"
    assert any(path.startswith(f"{source}/") or path == source for source in definition.code.sources)
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    values = {ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)}
    assert name in values | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert (ROOT / definition.code.lock).is_file()


@each_row
def test_statements_need_the_keys_of_the_row(definition: FunctionDefinition) -> None:
    """The row names each key that its statements ask for, and no other but the platform's."""
    asked: set[str] = set()

    class Keys(dict[str, str]):
        def __missing__(self, key: str) -> str:
            asked.add(key)
            return f"arn:key:{key}"

    statements = definition.statements(PLACE, Keys())
    assert asked | {PLATFORM_KEY} == set(definition.keys)
    assert {statement.sid for statement in statements} >= {"WriteLog"}
