"""What `myelin unlock` says and clears."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands.unlock import unlock
from cli.lock import read_lock
from cli.main import app
from tests.support.paths import ROOT

HOLD = """
import sys
from pathlib import Path
from cli.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MYELIN_SANDBOX_DIR", str(tmp_path / "sandbox"))
    return tmp_path / "sandbox"


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    ran = CliRunner().invoke(app, ["unlock", *arguments, "--json", "--project", str(ROOT)])
    return ran.exit_code, json.loads(ran.stdout)


def test_nobody_holds_it(folder: Path) -> None:
    """Nothing is made to find that out."""
    assert run() == (0, {"environment": "sandbox", "held": False, "holder": None, "cleared": False})
    assert not folder.exists()


def test_a_living_holder_keeps_it_and_a_dead_ones_is_cleared(folder: Path) -> None:
    """Exit 7 with who it is while it lives; once it is dead, a dry run tells, and the command clears it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    code, document = run()
    holder = document["holder"]
    assert isinstance(holder, dict)
    assert (code, document["held"], holder["pid"]) == (7, True, process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert run("--dry-run")[1]["cleared"] is False
    code, document = run()
    assert (code, document["held"], document["cleared"]) == (0, False, True)
    assert read_lock(folder) is None


def test_the_help_says_that_a_living_one_is_left_alone() -> None:
    """Nobody is to be afraid of it, or to hope for more."""
    assert "never taken from it" in (unlock.__doc__ or "")
