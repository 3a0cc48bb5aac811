"""The files of the walk-through in docs/add-a-service.md, so that what is read there is what is deployed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app
from tests.support.paths import ROOT

DOCUMENT = ROOT / "docs" / "add-a-service.md"
SERVICE = "dendrite"

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_PORT = re.compile(r"^port = \d+$", re.MULTILINE)
_HEAD = re.compile(r"# (?P<added>added to )?(?P<path>\S+)\n")


def blocks(language: str) -> list[str]:
    """The texts of all blocks in a language, in order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return [found["text"] for found in _BLOCK.finditer(text) if found["language"] == language]


def written() -> dict[str, str]:
    """New files: path below the project to text. A block's first line names its file."""
    return {path: text for path, text, added in _files() if not added}


def added() -> dict[str, str]:
    """What the command adds at the end of files that there are: path to text."""
    return {path: f"\n{text}" for path, text, added in _files() if added}


def command() -> tuple[str, list[str]]:
    """The command that begins it, and the lines that it says."""
    text = DOCUMENT.read_text(encoding="utf-8")
    first, *said = next(
        found["text"] for found in _BLOCK.finditer(text) if found["language"] == "console"
    ).splitlines()
    return first.removeprefix("$ myelin "), said


def follow(root: Path) -> list[str]:
    """Do to the project at `root` what the walk-through says; gives what the command said.

    Beside other services the port is the one that the command took.
    """
    arguments = shlex.split(command()[0])
    ran = CliRunner().invoke(app, [*arguments, "--project", str(root)])
    assert ran.exit_code == 0, ran.output
    declared = (root / "services" / SERVICE / "service.toml").read_text(encoding="utf-8")
    [port] = _PORT.findall(declared)
    for relative, text in written().items():
        (root / relative).write_text(_PORT.sub(port, text), encoding="utf-8")
    return ran.output.splitlines()


def _files() -> list[tuple[str, str, bool]]:
    found = []
    for text in (*blocks("toml"), *blocks("python")):
        head = _HEAD.match(text)
        assert head is not None, f"a block of {DOCUMENT.name} does not name its file: {text[:60]!r}"
        found.append((head["path"], text[head.end() :], bool(head["added"])))
    return found
