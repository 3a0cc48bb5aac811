"""Counts how often a function of the code is called, by whatever name and in whatever thread."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass
class Calls:
    """How many there were."""

    count: int = 0


@contextmanager
def counted_calls(function: Callable[..., Any]) -> Iterator[Calls]:
    """Count the calls of a function made in this block, in this thread and those that it starts."""
    calls, code = Calls(), function.__code__

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is code:
            calls.count += 1

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
