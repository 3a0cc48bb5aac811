"""How the command is called in the shell at hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cli.terminal.next_steps import next_steps
from cli.terminal.program import program_name


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with this program in it, and nothing on the PATH."""
    script = tmp_path / "checkout" / ".venv" / "bin" / "myelin"
    script.parent.mkdir(parents=True)
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.chdir(tmp_path / "checkout")
    return script


def test_name_is_enough_where_the_path_has_this_one(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the environment is activated, or by a link to this one."""
    monkeypatch.setenv("PATH", str(installed.parent))
    assert program_name() == "myelin"
    link = installed.parents[2] / "elsewhere"
    link.mkdir()
    (link / "myelin").symlink_to(installed)
    monkeypatch.setenv("PATH", str(link))
    assert program_name() == "myelin"


def test_path_is_said_where_it_is_not_on_the_path(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the working folder where that is shorter; another program of this name does not do."""
    assert program_name() == ".venv/bin/myelin"
    other = installed.parents[2] / "other"
    other.mkdir()
    (other / "myelin").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(other))
    assert program_name() == ".venv/bin/myelin"
    monkeypatch.chdir(installed.parent)
    assert program_name() == "./myelin"
    monkeypatch.chdir("/")
    assert program_name() == os.path.relpath(installed)


def test_next_steps_can_be_copied(installed: Path) -> None:
    """Each line has the program as it is called here, the environment unless it is the default, and why."""
    assert list(next_steps("dev"))[:2] == [
        "next:  .venv/bin/myelin dispatch reason --env dev    a call that governance allows",
        "       .venv/bin/myelin dispatch erase --env dev     one that it denies",
    ]
    *_, last = next_steps("sandbox")
    assert last == "       .venv/bin/myelin down               end the sandbox"
