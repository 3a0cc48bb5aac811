"""Where a task is in its life, and what others see of it. Values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Where a task is in its life."""

    STARTING = "STARTING"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    DRAINING = "DRAINING"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """What the planner knows of a task; `sequence` grows with every start."""

    id: str
    deployment_id: str
    phase: Phase
    sequence: int
