"""The examples of docs/clients.md and docs/identities.md, so that what is read there is what runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_INGRESS = re.compile(r"^\[ingress\]\n(?:\w+ = .*\n)+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ClientsPage:
    """A page about clients: a declaration, a conversation with the command, a program."""

    document: Path

    def block(self, language: str) -> str:
        """The one block in a language."""
        [text] = [
            found["text"]
            for found in _BLOCK.finditer(self.document.read_text(encoding="utf-8"))
            if found["language"] == language
        ]
        return text

    def follow(self, root: Path) -> None:
        """Declare in the project at `root` what the document says."""
        head, _, table = self.block("toml").partition("\n")
        path = root / head.removeprefix("# ")
        changed, count = _INGRESS.subn(table, path.read_text(encoding="utf-8"))
        assert count == 1
        path.write_text(changed, encoding="utf-8")

    def conversation(self) -> list[tuple[str, str]]:
        """Each command, without `myelin`, and the first line that it says."""
        lines = self.block("console").splitlines()
        return [
            (line.removeprefix("$ myelin "), lines[number + 1])
            for number, line in enumerate(lines)
            if line.startswith("$ ")
        ]


TOKENS = ClientsPage(ROOT / "docs" / "clients.md")
IDENTITIES = ClientsPage(ROOT / "docs" / "identities.md")
