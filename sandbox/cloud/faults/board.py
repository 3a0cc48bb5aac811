"""The faults that are on: put on by the control API, asked by router and emulator with each request."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.cloud.faults.fault import Effect, Fault


@dataclass(slots=True)
class _On:
    fault: Fault
    until: float
    struck: int = 0


class FaultBoard:
    """At most one fault for each target; safe for threads. A fault ends when its time is over."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._monotonic = monotonic
        self._chance = chance
        self._on: dict[str, _On] = {}
        self._lock = threading.Lock()

    def begin(self, fault: Fault) -> None:
        """Put a fault on, in place of the one that its target has."""
        with self._lock:
            self._on[fault.target] = _On(fault, self._monotonic() + fault.seconds)

    def end(self, target: str) -> bool:
        """End the fault of a target now; whether there was one."""
        with self._lock:
            self._forget_past()
            return self._on.pop(target, None) is not None

    def strike(self, target: str) -> Effect | None:
        """What becomes of one request to a target; None when nothing is wrong with it."""
        if not self._on:
            return None
        with self._lock:
            self._forget_past()
            found = self._on.get(target)
            if found is None:
                return None
            found.struck += 1
            return found.fault.effect(self._chance())

    def document(self) -> list[dict[str, Any]]:
        """For the status document: each fault with the seconds that are left, and the requests it met."""
        with self._lock:
            self._forget_past()
            now = self._monotonic()
            return [
                {**found.fault.document(), "seconds_left": round(found.until - now, 1), "met": found.struck}
                for found in self._on.values()
            ]

    def _forget_past(self) -> None:
        now = self._monotonic()
        for target in [target for target, found in self._on.items() if found.until <= now]:
            del self._on[target]
