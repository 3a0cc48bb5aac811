"""Ctrl-C during long work."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from cli.terminal.interrupt import interruptible

WORK = """
import os, signal, sys
from cli.terminal.interrupt import interruptible
def work(cancelled):
    print("working", flush=True)
    cancelled.wait(10)
    print("asked to stop", flush=True)
    if sys.argv[1] == "stubborn":
        import threading; threading.Event().wait(10)
    return "finished"
print(interruptible(work), flush=True)
"""


def test_result_and_failure_come_through() -> None:
    """What the work gives back, or raises, reaches the caller."""
    assert interruptible(lambda _cancelled: 42) == 42

    def fail(_cancelled: threading.Event) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        interruptible(fail)


def start(mode: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, mode], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    return process


def test_first_signal_lets_the_work_end() -> None:
    """The first SIGINT asks the work to stop and waits for it."""
    process = start("willing")
    process.send_signal(2)
    out, err = process.communicate(timeout=20)
    assert out == "asked to stop\nfinished\n"
    assert "stopping after the steps under way" in err
    assert process.returncode == 0


def test_second_signal_ends_the_process() -> None:
    """The second SIGINT ends the process at once with exit code 130."""
    process = start("stubborn")
    process.send_signal(2)
    assert process.stdout is not None
    assert process.stdout.readline() == "asked to stop\n"
    process.send_signal(2)
    process.communicate(timeout=20)
    assert process.returncode == 130
