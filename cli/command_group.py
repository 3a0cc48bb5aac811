"""Makes the option parser's groups from the table of commands, and imports a command when it is chosen."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer._click import Command, Context
from typer.core import TyperCommand, TyperGroup

from cli.commands import CommandEntry, commands_of

PROGRAM = "myelin"


class ListedCommand(TyperCommand):
    """A command as help and completion list it; `loaded` is the command itself."""

    def __init__(self, name: str, entry: CommandEntry) -> None:
        super().__init__(name, short_help=entry.summary)
        self._entry = entry

    @cached_property
    def loaded(self) -> Command:
        """The command with its options; imports its module."""
        module, _, function = self._entry.target.partition(":")
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(self.name)(getattr(import_module(module), function))
        return typer.main.get_command(single)

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - the base class shortens to it
        """The whole summary: a list wraps it."""
        return self._entry.summary


class CommandGroup(TyperGroup):
    """The commands that the table has of a group, which is found by its name."""

    def __init__(self, *, name: str, commands: dict[str, Command], **settings: Any) -> None:
        entries = commands_of("" if name == PROGRAM else name)
        listed = {word: ListedCommand(word, entry) for word, entry in entries.items()}
        super().__init__(name=name, commands={**listed, **commands}, **settings)

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - the base class shortens to it
        """The first line of its help, whole: a list wraps it."""
        return (self.help or "").partition("\n")[0]

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Find the command that the arguments name, and load it."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, found.loaded if isinstance(found, ListedCommand) else found, rest
