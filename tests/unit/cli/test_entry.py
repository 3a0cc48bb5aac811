"""The entry point: the version, and Ctrl-C at the very beginning."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
from importlib.metadata import entry_points, version

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.support.paths import ROOT

INTERRUPTED_IMPORT = """
import os, signal, sys
# where the tests run in the background, the shell has them ignore the signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from cli.entry import main

class Interrupter:
    where = sys.argv.pop(1)

    def find_spec(self, name, path=None, target=None):
        if name == self.where:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupter())
main()
"""


@pytest.mark.parametrize(
    ("where", "arguments"),
    [
        ("typer", ["--help"]),
        ("cli.command_group", ["--help"]),
        ("cli.commands.up", ["up", "--help"]),
        ("cli.deployment.pipeline", ["up"]),
        ("cli.worlds.opening", ["status"]),
    ],
)
def test_interrupt_while_importing_shows_no_trace(where: str, arguments: list[str]) -> None:
    """Ctrl-C before or while a command is being imported ends it with exit code 130 and one line."""
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT, where, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "error: interrupted\n")


def test_command_begins_at_the_entry() -> None:
    """The installed command runs the module that is ready for an interrupt, and imports nothing before it."""
    [script] = entry_points(group="console_scripts", name="myelin")
    assert script.value == "cli.entry:main"
    code = "import sys; before = set(sys.modules); import cli.entry; print(set(sys.modules) - before)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = {name for name in eval(shown.stdout) if name.startswith("cli")}
    assert own == {"cli", "cli.entry"}


def test_version() -> None:
    """`myelin --version` says which version is installed."""
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.stdout) == (0, f"myelin {version('myelin')}\n")


def test_interrupt_is_taken_before_anything_is_imported() -> None:
    """Importing the entry is enough, unless the shell has interrupts ignored."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        import cli.entry  # noqa: PLC0415 - importing it takes the signal

        importlib.reload(cli.entry)
        assert signal.getsignal(signal.SIGINT) is cli.entry._leave
    finally:
        signal.signal(signal.SIGINT, before)
