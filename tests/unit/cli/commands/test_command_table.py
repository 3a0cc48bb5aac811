"""The table of commands agrees with the commands."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from cli.commands import COMMANDS, GROUPS, commands_of
from tests.support.commands import loaded_commands
from tests.support.paths import ROOT


@pytest.mark.parametrize("words", COMMANDS)
def test_summary_is_the_first_line_of_the_docstring(words: str) -> None:
    """Lists and the command's own help say the same."""
    module, _, function = COMMANDS[words].target.partition(":")
    documented = inspect.getdoc(getattr(import_module(module), function)) or ""
    assert COMMANDS[words].summary == documented.partition("\n")[0]


def test_table_has_every_command_module() -> None:
    """A module with a command that the table does not have could not be run."""
    folder = ROOT / "cli" / "commands"
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in folder.rglob("*.py")
        if path.name not in ("__init__.py", "options.py")
    }
    assert {entry.target.partition(":")[0] for entry in COMMANDS.values()} == modules


def test_every_group_has_commands_and_every_command_a_group() -> None:
    """The words of a command are one, or a group's name and one."""
    assert all(commands_of(group) for group in GROUPS)
    assert sum(len(commands_of(group)) for group in ("", *GROUPS)) == len(COMMANDS)
    assert set(loaded_commands()) == set(COMMANDS)
