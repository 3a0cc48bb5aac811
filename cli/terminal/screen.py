"""Opens the screen that fits where a deployment shows what it does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cli.terminal.output import dumb_terminal
from cli.terminal.progress import PlainScreen, Screen


@contextmanager
def screen(*, quiet: bool) -> Iterator[Screen]:
    """Live bars on a terminal that can draw them, plain lines anywhere else; nothing with `quiet`."""
    if quiet or not sys.stderr.isatty() or dumb_terminal():
        yield PlainScreen(quiet=quiet)
        return
    from cli.terminal.live import live  # noqa: PLC0415 - rich takes 0.1 s, and CI draws nothing

    with live() as drawn:
        yield drawn
