"""Ctrl-C during long work: the first asks it to stop after the steps under way, the second stops at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from cli.exit_codes import ExitCode
from cli.terminal.output import note

Result = TypeVar("Result")


def interruptible(work: Callable[[threading.Event], Result]) -> Result:
    """Run `work` in a thread of its own; SIGINT and SIGTERM set the event that it was given.

    The second signal ends the process, which is safe: every step is journaled before it begins.
    """
    cancelled = threading.Event()
    outcome: list[Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work(cancelled))
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits
            failure.append(error)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if cancelled.is_set():
            os._exit(ExitCode.INTERRUPTED)
        cancelled.set()
        note("stopping after the steps under way; once more stops at once, and is safe")

    thread = threading.Thread(target=run, name="deployment", daemon=True)
    handled = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in handled}
    try:
        thread.start()
        while thread.is_alive():
            thread.join(timeout=0.2)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if failure:
        raise failure[0]
    return outcome[0]
