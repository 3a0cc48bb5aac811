"""What somebody who watches a run is told of its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.engine.planning.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Something a watcher may show: a step began, or ended after `seconds`, or failed with `error`."""

    step: Step
    seconds: float | None = None
    error: str = ""


Watcher = Callable[[Progress], None]
"""Takes news of steps, from several threads."""
