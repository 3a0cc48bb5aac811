"""Runs a program on a terminal of its own, so that a test sees what a person does."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.paths import ROOT

MYELIN = Path(sys.executable).with_name("myelin")
_SECONDS = 60.0
_SET_HERE = ("NO_COLOR", "COLUMNS", "TERM")
# Ctrl-C reaches the program whose terminal it is
_ON_ITS_TERMINAL = "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """A program on a terminal; `shown` is all that it wrote so far, with escape sequences."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        columns: int = 100,
        folder: Path = ROOT,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        inner, outer = pty.openpty()
        fcntl.ioctl(outer, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in _SET_HERE}
        self.shown = ""
        self._terminal = inner
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ON_ITS_TERMINAL, *arguments],
            cwd=folder,
            env={**kept, "TERM": "xterm", **(environment or {})},
            stdin=outer,
            stdout=outer,
            stderr=outer,
        )
        os.close(outer)

    @property
    def text(self) -> str:
        """What it wrote so far, without escape sequences, in lines that end as in a file."""
        return _ESCAPES.sub("", self.shown).replace("\r\n", "\n")

    def wait_for(self, text: str) -> None:
        """Read until it has written a text."""
        while text not in self.text:
            assert self._read(), f"it ended without `{text}`:\n{self.text}"

    def type(self, keys: str) -> None:
        """Press keys: `\\x03` is Ctrl-C, `\\x04` Ctrl-D."""
        os.write(self._terminal, keys.encode())

    def wait(self) -> int:
        """Read to its end; gives the exit code, or the negative number of the signal that ended it."""
        while self._read():
            pass
        os.close(self._terminal)
        return self._process.wait()

    def _read(self) -> bool:
        assert select.select([self._terminal], [], [], _SECONDS)[0], f"it stands still:\n{self.text}"
        try:
            read = os.read(self._terminal, 65536)
        except OSError:  # so Linux says that nobody has the other end open
            read = b""
        self.shown += read.decode(errors="replace")
        return bool(read)
