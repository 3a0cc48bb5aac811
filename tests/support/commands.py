"""The commands of the table as the option parser has them."""

from __future__ import annotations

from functools import cache
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
