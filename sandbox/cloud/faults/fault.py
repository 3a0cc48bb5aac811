"""A fault as a value, and which requests it strikes. Pure.

A target is written as one word:

    service:<cluster>/<name>    requests to the tasks of an ECS service, on their way
    function:<name>             invocations of a Lambda function
    dynamodb, secretsmanager    calls of that AWS service by tasks and functions
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import SandboxError

MOST_SECONDS = 3600.0
"""A fault lasts at most an hour: it ends by itself."""

_TARGET = re.compile(r"service:[^/:\s]+/[^/:\s]+|function:[^/:\s]+|dynamodb|secretsmanager")


class FaultError(SandboxError):
    """A fault that cannot be played."""

    def __init__(self, problem: str) -> None:
        """Say what is wrong with it."""
        super().__init__(
            f"the fault cannot be played: {problem}",
            hint="give a target, how long, and one of latency, errors, throttle or down",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: `seconds` long, and one kind of trouble or several at once.

    `latency` is how many seconds each request waits before it goes on; `errors` and `throttle` are the shares
    of requests, 0 to 1, that fail or are throttled; `down`: nothing is reached.
    """

    target: str
    seconds: float
    latency: float = 0.0
    errors: float = 0.0
    throttle: float = 0.0
    down: bool = False

    def __post_init__(self) -> None:
        """Raise FaultError for what is out of range."""
        if not _TARGET.fullmatch(self.target):
            raise FaultError(f"`{self.target}` is no target")
        if not 0 < self.seconds <= MOST_SECONDS:
            raise FaultError(f"`{self.seconds:g}` seconds: it lasts more than 0 and at most {MOST_SECONDS:g}")
        if not 0 <= self.latency <= MOST_SECONDS:
            raise FaultError(f"a latency of `{self.latency:g}` seconds")
        if not (0 <= self.errors <= 1 and 0 <= self.throttle <= 1):
            raise FaultError("shares go from 0 to 1")
        if not (self.latency or self.errors or self.throttle or self.down):
            raise FaultError("nothing would be wrong")

    @classmethod
    def read(cls, document: object) -> Fault:
        """The fault in a decoded JSON value. Raises FaultError."""
        if not isinstance(document, dict):
            raise FaultError("it is no JSON object")
        known: dict[str, type | tuple[type, ...]] = {
            "target": str,
            "seconds": (int, float),
            "latency": (int, float),
            "errors": (int, float),
            "throttle": (int, float),
            "down": bool,
        }
        for name, value in document.items():
            kind = known.get(name)
            number = isinstance(value, bool) and kind is not bool
            if kind is None or number or not isinstance(value, kind):
                raise FaultError(f"`{name}` is unknown, or of the wrong type")
        if "target" not in document or "seconds" not in document:
            raise FaultError("`target` and `seconds` have to be there")
        return cls(**document)

    def document(self) -> Mapping[str, Any]:
        """As `read` reads it; what is not wrong is left out."""
        found: dict[str, Any] = {"target": self.target, "seconds": self.seconds}
        for name in ("latency", "errors", "throttle", "down"):
            if value := getattr(self, name):
                found[name] = value
        return found

    def effect(self, chance: float) -> Effect:
        """What becomes of one request; `chance` is uniform in [0, 1)."""
        failing = self.throttle <= chance < self.throttle + self.errors
        return Effect(latency=self.latency, down=self.down, throttled=chance < self.throttle, failing=failing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What becomes of one request: it waits for `latency` seconds, then one of the others or none."""

    latency: float = 0.0
    down: bool = False
    throttled: bool = False
    failing: bool = False
