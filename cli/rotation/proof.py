"""Proves that every consumer of a secret has its new version, or says of which that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.rotation.errors import NotRotatedError
from cli.rotation.secrets import Reading, SecretConsumer
from cli.rotation.tasks import ServiceTasks
from components.naming import GOVERNANCE

BY_BOUND = "it reads the key again within 60 s of its last use; its instances are not looked at"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerState:
    """How many of a consumer's tasks have the new version; `note` says what was not looked at."""

    consumer: SecretConsumer
    tasks: int = 0
    proved: int = 0
    note: str = ""

    @property
    def done(self) -> bool:
        """Whether every task has it, or cannot be looked at, so that there is nothing to wait for."""
        return bool(self.note) or self.tasks == self.proved

    @property
    def is_proved(self) -> bool:
        """Whether every task was seen to have it."""
        return not self.note and self.tasks == self.proved

    def document(self, version: str) -> dict[str, Any]:
        """The state as `--json` has it."""
        return {
            "name": self.consumer.name,
            "reads": self.consumer.reading.value,
            "version": version,
            "tasks": self.tasks,
            "proved": self.proved,
            "note": self.note,
        }

    def words(self) -> str:
        """The state in words."""
        how = "replaced" if self.consumer.reading is Reading.AT_START else "using it"
        if self.note:
            return f"{self.consumer.name}: not proved; {self.note}"
        return f"{self.consumer.name}: {self.proved} of {self.tasks} tasks {how}"


class VersionProof:
    """Looks at the consumers of one new version."""

    def __init__(
        self, tasks: ServiceTasks, log_groups: Mapping[str, str], version: str, begun: datetime
    ) -> None:
        """`log_groups` are by service; `begun` is when the rotation was."""
        self._tasks = tasks
        self._log_groups = log_groups
        self._version = version
        self._begun = begun

    def look(self, consumer: SecretConsumer) -> ConsumerState:
        """How far a consumer is. Raises NotRotatedError when ECS could not replace its tasks."""
        if consumer.name == GOVERNANCE:
            return ConsumerState(consumer=consumer, note=BY_BOUND)
        if consumer.name not in self._log_groups:
            return ConsumerState(consumer=consumer, note="it is not deployed")
        running = self._tasks.running(consumer.name)
        if consumer.reading is Reading.AT_START:
            return self._replaced(consumer, running)
        have = self._tasks.have_loaded(
            self._log_groups[consumer.name], self._version, int(self._begun.timestamp() * 1000)
        )
        proved = sum(task.id in have for task in running)
        return ConsumerState(consumer=consumer, tasks=max(1, len(running)), proved=proved)

    def _replaced(self, consumer: SecretConsumer, running: tuple[Any, ...]) -> ConsumerState:
        """A task that began after the deployment that the rotation opened has read the new version."""
        primary = self._tasks.primary(consumer.name)
        opened = primary.get("createdAt")
        if opened is None or opened < self._begun:
            return ConsumerState(consumer=consumer, tasks=max(1, len(running)))
        if primary.get("rolloutState") == "FAILED":
            raise NotRotatedError(
                f"ECS could not replace the tasks of `{consumer.name}`: {primary.get('rolloutStateReason')}",
                hint="its running tasks have the value before, still a good one; `myelin status` says more",
            )
        fresh = sum(task.created_at >= opened for task in running)
        ended = primary.get("rolloutState") == "COMPLETED"
        return ConsumerState(
            consumer=consumer,
            tasks=max(1, len(running)),
            proved=fresh if ended else min(fresh, max(0, len(running) - 1)),
        )
