"""The bars of a deployment on a terminal."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from cli.terminal.live import LiveScreen
from cli.terminal.screen import screen
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.running.progress import Progress
from tests.support.terminal import Terminal

URN = "urn:pulumi:dev-platform::myelin::aws:lambda/function:Function::f"

DRAW = """
from cli.terminal.screen import screen
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.running.progress import Progress

urn = "urn:pulumi:dev-platform::myelin::aws:lambda/function:Function::governance-admin-of-every-service"
step = Step(action=StepAction.CREATE, urn=urn)
with screen(quiet=False) as shown:
    shown.stage("planning [nothing is left out]")
    for layer, total in (("foundation", 59), ("platform", 52)):
        shown.layer(layer, total)
        shown.step(layer, Progress(step=step))
    with shown.paused():
        print("asked", flush=True)
    for layer in ("foundation", "platform"):
        shown.step(layer, Progress(step=step, seconds=1.0))
"""


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_bars_fit_the_terminal(columns: int) -> None:
    """However narrow it is, each layer is named with its count; only the steps under way are cut short."""
    terminal = Terminal([sys.executable, "-c", DRAW], columns=columns)
    assert terminal.wait() == 0
    lines = terminal.text.replace("\r", "\n").splitlines()
    bars = [line for line in lines if line.startswith("  ") and "/" in line]
    assert all(" foundation " in line or " platform " in line for line in bars)
    assert all("/59 0:00:0" in line or "/52 0:00:0" in line for line in bars)
    assert any("+ Function govern" in line for line in bars)
    assert max(map(len, bars)) <= columns
    assert "planning [nothing is left out]" in lines


def test_question_is_alone_on_the_terminal() -> None:
    """While the bars pause nothing is drawn over what is asked."""
    terminal = Terminal([sys.executable, "-c", DRAW])
    assert terminal.wait() == 0
    before, after = terminal.shown.split("asked")
    assert before.endswith("\x1b[?25h")
    assert "59" in after


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "dumb", "NO_COLOR": "1"}], ids=str)
def test_dumb_terminal_gets_plain_lines(environment: dict[str, str]) -> None:
    """Bars are for terminals that can move the cursor; without colours they are drawn all the same."""
    terminal = Terminal([sys.executable, "-c", DRAW], environment=environment)
    assert terminal.wait() == 0
    assert "foundation   1/59 + aws:lambda/function:Function" in terminal.text
    colorless = Terminal([sys.executable, "-c", DRAW], environment={"NO_COLOR": "1"})
    assert colorless.wait() == 0
    assert "\x1b[2K" in colorless.shown
    assert "\x1b[3" not in colorless.shown


def test_quiet_screen_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json a deployment shows nothing as it goes."""
    with screen(quiet=True) as shown, shown.paused():
        shown.stage("planning")
    assert capsys.readouterr() == ("", "")


def test_two_steps_under_way_are_named() -> None:
    """A third one waits until one of them has ended."""
    bars = Bars(console=Console(file=StringIO()))
    steps = [Step(action=StepAction.CREATE, urn=f"{URN}{number}") for number in (1, 2, 3)]
    drawn = LiveScreen(bars)
    drawn.layer("platform", 3)
    for step in steps:
        drawn.step("platform", Progress(step=step))
    assert bars.tasks[0].fields["now"] == "+ Function f1, + Function f2"
    drawn.step("platform", Progress(step=steps[0], seconds=1.0))
    assert bars.tasks[0].fields["now"] == "+ Function f2, + Function f3"
    assert (bars.tasks[0].completed, bars.tasks[0].total) == (1, 3)
