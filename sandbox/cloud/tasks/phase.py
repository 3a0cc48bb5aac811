"""The phases of a task, and the view of a task that the rolling update decides on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """A task's phase: it starts, is healthy or unhealthy, and drains before it stops."""

    STARTING = "STARTING"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    DRAINING = "DRAINING"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task as the rolling update sees it; `sequence` grows with every start, so a higher one is younger."""

    id: str
    deployment_id: str
    phase: Phase
    sequence: int
