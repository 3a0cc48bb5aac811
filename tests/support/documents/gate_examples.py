"""The files of the examples in docs/gate.md, so that what is read there is what runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app
from tests.support.paths import ROOT

DOCUMENT = ROOT / "docs" / "gate.md"
TOOLS = {"quotes": None, "rates": "node", "stock": "go"}
"""The program that each example needs besides Python."""

_BLOCK = re.compile(
    r"^```\w+\n(?:#|//) (?P<added>added to )?(?P<path>services/\S+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_CONSOLE = re.compile(r"^```console\n\$ myelin (?P<command>.*)\n(?P<said>(?s:.*?))^```$", re.MULTILINE)
_SCHEMA = "policies/calls/rules/schema.cedarschema"


def files() -> list[tuple[str, str, bool]]:
    """Path, text, and whether the text is added to a file that there is."""
    return [
        (found["path"], found["text"], bool(found["added"]))
        for found in _BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8"))
    ]


def command() -> tuple[str, list[str]]:
    """The command that writes a service, and what it says."""
    [(written, said)] = _CONSOLE.findall(DOCUMENT.read_text(encoding="utf-8"))
    return written, said.splitlines()


def follow(root: Path) -> list[str]:
    """Do to the project at `root` what the document says; gives what the command said."""
    for relative, text, added in files():
        path = root / relative
        path.parent.mkdir(exist_ok=True)
        before = path.read_text(encoding="utf-8") + "\n" if added else ""
        path.write_text(before + text, encoding="utf-8")
    schema = root / _SCHEMA
    text = schema.read_text(encoding="utf-8")
    assert text.count('action "reason", "erase"') == 1
    schema.write_text(
        text.replace('action "reason", "erase"', 'action "reason", "erase", "quote", "rate", "count"'),
        encoding="utf-8",
    )
    ran = CliRunner().invoke(app, [*shlex.split(command()[0]), "--project", str(root)])
    assert ran.exit_code == 0, ran.output
    return ran.output.splitlines()
