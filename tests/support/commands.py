"""The commands of the table as the option parser has them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from importlib import import_module
from typing import Any

import typer

from cli.command_group import ListedCommand
from cli.main import app


@cache
def loaded_commands() -> dict[str, Any]:
    """Every command by the words that follow `myelin`, with its options; imports all of them."""
    root: Any = typer.main.get_command(app)
    return dict(_below(root, ()))


def _below(group: Any, words: tuple[str, ...]) -> Any:
    for name, found in group.commands.items():
        if isinstance(found, ListedCommand):
            yield " ".join((*words, name)), found.loaded
        else:
            yield from _below(found, (*words, name))


def options_of(words: str) -> set[str]:
    """The names of a command's options and arguments, as its function has them."""
    return {parameter.name for parameter in loaded_commands()[words].params}


SHARED = {
    "environment": {"environment", "named_environment", "world"},
    "env": {"environment", "named_environment", "world"},
    "yes": {"confirm"},
    "dry_run": {"dry_run"},
    "acting_as": {"acting_as", "world"},
    "project": {"project", "world"},
    "as_json": {"as_json", "write", "write_file"},
}
"""Where a command looks for the value of an option that it shares with others: attributes of its session."""


def unused_options(function: Any) -> set[str]:
    """The options and arguments of a command that its code does not read.

    Its own are looked for in the function, the shared ones in its module, which may hand the session on.
    """
    own = ast.parse(textwrap.dedent(inspect.getsource(function.__wrapped__)))
    module = ast.parse(inspect.getsource(import_module(function.__module__)))
    read = {node.id for node in ast.walk(own) if isinstance(node, ast.Name)}
    of_session = {
        node.attr
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "session"
    }
    return {
        name
        for name in inspect.signature(function).parameters
        if not (SHARED[name] & of_session if name in SHARED else name in read)
    }
