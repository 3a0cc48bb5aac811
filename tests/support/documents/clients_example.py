"""The example of docs/clients.md, so that what is read there is what runs."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.paths import ROOT

DOCUMENT = ROOT / "docs" / "clients.md"
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_INGRESS = re.compile(r"^\[ingress\]\n(?:\w+ = .*\n)+", re.MULTILINE)


def block(language: str) -> str:
    """The one block in a language."""
    [text] = [
        found["text"]
        for found in _BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8"))
        if found["language"] == language
    ]
    return text


def follow(root: Path) -> None:
    """Declare in the project at `root` what the document says."""
    head, _, table = block("toml").partition("\n")
    path = root / head.removeprefix("# ")
    changed, count = _INGRESS.subn(table, path.read_text(encoding="utf-8"))
    assert count == 1
    path.write_text(changed, encoding="utf-8")


def conversation() -> list[tuple[str, str]]:
    """Each command of the last section, without `myelin`, and the first line that it says."""
    lines = block("console").splitlines()
    return [
        (line.removeprefix("$ myelin "), lines[number + 1])
        for number, line in enumerate(lines)
        if line.startswith("$ ")
    ]
