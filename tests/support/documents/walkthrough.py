"""The files of the walk-through in docs/add-a-service.md, so that what is read there is what is deployed."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.paths import ROOT

DOCUMENT = ROOT / "docs" / "add-a-service.md"
SERVICE = "dendrite"

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_HEAD = re.compile(r"# (?P<added>added to )?(?P<path>\S+)\n")


def blocks(language: str) -> list[str]:
    """The texts of all blocks in a language, in order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return [found["text"] for found in _BLOCK.finditer(text) if found["language"] == language]


def written() -> dict[str, str]:
    """New files: path below the project to text. A block's first line names its file."""
    return {path: text for path, text, added in _files() if not added}


def added() -> dict[str, str]:
    """What is added at the end of files that there are: path to text."""
    return {path: f"\n{text}" for path, text, added in _files() if added}


def follow(root: Path) -> None:
    """Do to the project at `root` what the walk-through says."""
    for relative, text in written().items():
        path = root / relative
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for relative, text in added().items():
        path = root / relative
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def _files() -> list[tuple[str, str, bool]]:
    found = []
    for text in (*blocks("toml"), *blocks("python")):
        head = _HEAD.match(text)
        assert head is not None, f"a block of {DOCUMENT.name} does not name its file: {text[:60]!r}"
        found.append((head["path"], text[head.end() :], bool(head["added"])))
    return found
