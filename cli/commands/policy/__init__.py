"""`myelin policy`: the rules by which governance decides, one command a file."""

from __future__ import annotations

import typer

from cli.lazy_group import LazyGroup


class PolicyGroup(LazyGroup):
    """The commands are those of commands.py."""

    source = "cli.commands.policy.commands"


policy = typer.Typer(
    name="policy",
    cls=PolicyGroup,
    help="Check, test, compare and publish the rules of governance.\n\n"
    "Start with `myelin policy validate` and `myelin policy test`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
