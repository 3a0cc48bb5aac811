"""A group of commands that is imported when one of them is asked for: `myelin --help` names it without."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Command, Context


class LazyGroup(TyperGroup):
    """Finds its commands in the application `app` of the module `source`."""

    source: ClassVar[str]

    @cached_property
    def _loaded(self) -> Any:
        return typer.main.get_group(import_module(self.source).app)

    def list_commands(self, ctx: Context) -> list[str]:
        """The names of the commands, in their order."""
        names: list[str] = self._loaded.list_commands(ctx)
        return names

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A command by its name."""
        found: Command | None = self._loaded.get_command(ctx, cmd_name)
        return found
