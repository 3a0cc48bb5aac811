"""Stand-ins for what surrounds a service: its log, its secrets, its clock."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

from services.runtime.errors import SecretUnavailableError
from services.runtime.signing.keys import SecretVersion, Stage


@dataclass
class Lines:
    """The log lines written so far."""

    stream: io.StringIO

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def messages(self) -> list[str]:
        return [line["message"] for line in self.all()]

    def named(self, message: str) -> dict[str, Any]:
        found = [line for line in self.all() if line["message"] == message]
        assert len(found) == 1, (message, self.messages())
        return found[0]


@dataclass
class SecretsInMemory:
    """Secrets by id: the stages' versions. Set `failing` to have every read refused."""

    stages: dict[str, dict[str, SecretVersion]] = field(default_factory=dict)
    failing: str | None = None
    reads: list[tuple[str, str]] = field(default_factory=list)

    def rotate(self, secret_id: str, version: str, value: str) -> None:
        before = self.stages.get(secret_id, {})
        self.stages[secret_id] = {"AWSCURRENT": SecretVersion(version=version, value=value)}
        if before:
            self.stages[secret_id]["AWSPREVIOUS"] = before["AWSCURRENT"]

    def read(self, secret_id: str, stage: Stage) -> SecretVersion | None:
        self.reads.append((secret_id, stage))
        if self.failing:
            raise SecretUnavailableError(secret_id, self.failing)
        if secret_id not in self.stages:
            raise SecretUnavailableError(secret_id, "ResourceNotFoundException")
        return self.stages[secret_id].get(stage)


@dataclass
class Clock:
    """A clock that stands still until it is told to move, and a sleep that moves it."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
