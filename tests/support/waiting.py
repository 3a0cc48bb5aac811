"""Waits for what happens in another thread or process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

LONGEST_SECONDS = 60.0
"""Far longer than anything takes, so that a busy machine fails no test; a test that hangs ends after it."""


def wait_until(condition: Callable[[], Any], *, what: str = "condition") -> Any:
    """Ask until the condition gives something true, and return that; ever less often."""
    deadline, pause = time.monotonic() + LONGEST_SECONDS, 0.01
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {LONGEST_SECONDS:g} s: {what}")
        time.sleep(pause)
        pause = min(0.25, pause * 1.3)
    return found
