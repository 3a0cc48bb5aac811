"""Asking on a terminal before something is deleted."""

from __future__ import annotations

import sys

import pytest

from cli.errors import ConfirmationNeededError
from cli.terminal.question import confirm
from tests.support.terminal import Terminal

ANOTHER = pytest.mark.costly("a process for one more of the same")
ASK = """
import sys, typer
from cli.terminal.interrupt import interruptible
from cli.terminal.output import reported, say
from cli.terminal.question import confirm

def ask(cancelled=None):
    confirm("delete the table", yes=False, cancelled=cancelled)
    say("deleted")

app = typer.Typer()

@app.command()
def main() -> None:
    with reported():
        interruptible(ask) if sys.argv[-1] == "thread" else ask()

app([])
"""


def asked(thread: bool) -> Terminal:
    terminal = Terminal([sys.executable, "-c", ASK, "thread" if thread else "itself"])
    terminal.wait_for("This will delete the table.\nGo ahead? [y/N]: ")
    return terminal


@pytest.mark.parametrize("thread", [False, True])
@pytest.mark.parametrize("answer", ["y\n", pytest.param("Yes\n", marks=ANOTHER)])
def test_yes_goes_ahead(thread: bool, answer: str) -> None:
    """The work goes on, whichever thread it is in that asks."""
    terminal = asked(thread)
    terminal.type(answer)
    assert terminal.wait() == 0
    assert terminal.text.endswith("\ndeleted\n")


@pytest.mark.parametrize(
    "answer", [pytest.param("n\n", marks=ANOTHER), "\n", pytest.param("yesterday\n", marks=ANOTHER), "\x04"]
)
def test_anything_else_changes_nothing(answer: str) -> None:
    """No, nothing, another word and the end of input are a no: exit code 1."""
    terminal = asked(False)
    terminal.type(answer)
    assert terminal.wait() == 1
    assert terminal.text.endswith("\nerror: not confirmed, nothing was changed\n")


@pytest.mark.parametrize("thread", [False, True])
def test_interrupt_at_the_question(thread: bool) -> None:
    """Ctrl-C at a question ends the command with 130, as anywhere else, and changes nothing."""
    terminal = asked(thread)
    terminal.type("\x03")
    assert terminal.wait() == 130
    assert terminal.text.endswith("\nerror: interrupted\n")


def test_without_a_terminal_the_flag_is_named() -> None:
    """Nothing is asked where nobody could answer; `--yes` answers everywhere."""
    with pytest.raises(
        ConfirmationNeededError, match="this would delete the table, and there is no terminal"
    ):
        confirm("delete the table", yes=False)
    confirm("delete the table", yes=True)
