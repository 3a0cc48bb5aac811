"""What a command works with: the project, the environment and its world, and how the result is written."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import UsageError
from cli.project import DEFAULT_ENVIRONMENT, Project, find_project
from cli.terminal.output import print_json, print_verbatim, say
from cli.terminal.question import confirm

if TYPE_CHECKING:
    from cli.worlds.world import World


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run of a command, as its shared options say; nothing is looked up before it is asked for.

    `named_environment` is what was written, if anything was; `environment` is one that exists. `acting_as` is
    the identity of `--as`, None for the operator.
    """

    directory: Path | None = None
    named_environment: str | None = None
    as_json: bool = False
    yes: bool = False
    dry_run: bool = False
    acting_as: str | None = None

    @cached_property
    def project(self) -> Project:
        """The project of `--project`, or of the working folder. Raises ProjectNotFoundError."""
        return find_project(directory=self.directory)

    @cached_property
    def environment(self) -> str:
        """The environment that the command is about, by default `sandbox`. Raises UsageError."""
        return self.project.require_environment(self.named_environment or DEFAULT_ENVIRONMENT)

    @cached_property
    def world(self) -> World:
        """Where the environment lives, running or not. Raises UsageError or StackSettingsError."""
        # half of the commands need no world, and opening one takes longer than they do
        from cli.worlds.opening import open_world  # noqa: PLC0415

        return open_world(self.project, self.environment, self.acting_as)

    def asks_before_changes(self) -> bool:
        """Whether the environment's settings have every change confirmed (`confirmChanges`).

        Raises StackSettingsError.
        """
        # only commands that change something ask for it
        from stacks.layer_settings import FoundationSettings  # noqa: PLC0415
        from stacks.names import Layer  # noqa: PLC0415
        from stacks.settings import load_settings  # noqa: PLC0415

        file = self.world.environment.files[Layer.FOUNDATION]
        return load_settings(FoundationSettings, file.plain_values(), file).confirm_changes

    def confirm(self, what: str, *, cancelled: threading.Event | None = None) -> None:
        """Ask before something that exists is deleted, unless `--yes` was given; see `confirm`."""
        confirm(what, yes=self.yes, cancelled=cancelled)

    def write(self, document: Any, lines: Iterable[str]) -> None:
        """Write the result: the document with `--json`, else the lines."""
        if self.as_json:
            print_json(document)
            return
        for line in lines:
            say(line)

    def write_file(self, document: Any, text: str) -> None:
        """Write the result: the document with `--json`, else the text of a file as it is."""
        if self.as_json:
            print_json(document)
        else:
            print_verbatim(text)


def chosen_environment(argument: str | None, option: str | None) -> str | None:
    """The environment that ENV or --env names; None for neither. Raises UsageError for two."""
    if argument and option and argument != option:
        raise UsageError(
            f"two environments are given, `{argument}` and `--env {option}`", hint="leave one of them out"
        )
    return argument or option
