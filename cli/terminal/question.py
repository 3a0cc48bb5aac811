"""Asks before something that exists is deleted."""

from __future__ import annotations

import select
import sys
import threading

from cli.errors import ConfirmationNeededError, NotConfirmedError
from cli.terminal.output import note

_YES = ("y", "yes")
_GLANCE_SECONDS = 0.1


def confirm(what: str, *, yes: bool, cancelled: threading.Event | None = None) -> None:
    """Ask on the terminal, unless the answer is `yes` already.

    `what` completes "this will ...". `cancelled` is set when the work that asks is interrupted in another
    thread. Raises ConfirmationNeededError without a terminal, NotConfirmedError on a no, KeyboardInterrupt.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfirmationNeededError(f"this would {what}")
    note(f"This will {what}.")
    try:
        sys.stderr.write("Go ahead? [y/N]: ")
        sys.stderr.flush()
        answer = _typed_line(cancelled or threading.Event())
    except KeyboardInterrupt:
        note("")
        raise
    if not answer.endswith("\n"):
        note("")
    if answer.strip().lower() not in _YES:
        raise NotConfirmedError


def _typed_line(cancelled: threading.Event) -> str:
    """What is typed, up to the end of the line; nothing at the end of input."""
    while not cancelled.is_set():
        if select.select([sys.stdin], [], [], _GLANCE_SECONDS)[0]:
            return sys.stdin.readline()
    raise KeyboardInterrupt
