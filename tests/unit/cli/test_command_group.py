"""Help, completion and lookup are made from the table of commands alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cli.command_group import PROGRAM, CommandGroup
from cli.commands import COMMANDS, GROUPS, commands_of
from tests.support.paths import ROOT

COMPLETE = {"_MYELIN_COMPLETE": "complete_zsh"}
LISTS = """
import sys
sys.argv[0] = "myelin"
from cli.main import app
try:
    app()
finally:
    print(sorted(name for name in sys.modules if name.startswith("cli.commands.")), file=sys.stderr)
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own; stderr ends with the modules of commands that it imported."""
    return subprocess.run(
        [sys.executable, "-c", LISTS, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_help_of_a_group_is_made_from_the_table(group: str) -> None:
    """It has each name with its whole summary, and no command is imported for it."""
    shown = run(*group.split(), "--help", TERMINAL_WIDTH="200")
    assert shown.returncode == 0
    for name, entry in commands_of(group).items():
        assert f"  {name} " in shown.stdout
        assert entry.summary in " ".join(shown.stdout.split())
    assert shown.stderr.splitlines() == ["[]"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [("myelin st", ["status"]), ("myelin policy di", ["diff", "discard"]), ("myelin au", ["audit"])],
)
def test_completion_of_a_name_is_made_from_the_table(typed: str, names: list[str]) -> None:
    """A shell is given the names that begin so, with their summaries, and no command is imported for it."""
    shown = run(**COMPLETE, _TYPER_COMPLETE_ARGS=typed)
    for name in names:
        words = " ".join((*typed.split()[1:-1], name))
        about = COMMANDS[words].summary if words in COMMANDS else GROUPS[words].partition("\n")[0]
        assert f'"{name}":"{about}"' in shown.stdout
    assert shown.stdout.count('":"') == len(names)
    assert shown.stderr.splitlines() == ["[]"]


def test_completion_of_an_option_knows_the_commands_own() -> None:
    """What a command takes is completed from the command, with the options that all share."""
    shown = run(**COMPLETE, _TYPER_COMPLETE_ARGS="myelin policy put --")
    for option in ("--note", "--draft", "--dry-run", "--env", "--project", "--json"):
        assert f'"{option}"' in shown.stdout


def test_mistyped_name_is_answered_from_the_table() -> None:
    """The nearest name is offered, and no command is imported for it."""
    shown = run("policy", "expalin")
    assert shown.returncode == 2
    assert "Did you mean 'explain'?" in shown.stderr
    assert shown.stderr.splitlines()[-1] == "[]"


def test_group_is_found_by_its_name() -> None:
    """The program itself has the commands that belong to no group."""
    assert set(CommandGroup(name="audit", commands={}).commands) == {"list", "verify"}
    assert "up" in CommandGroup(name=PROGRAM, commands={}).commands
