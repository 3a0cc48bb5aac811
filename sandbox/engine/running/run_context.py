"""What all parts of one update share: the steps decided so far, who watches them, and the wish to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.engine.errors import InterruptedRunError
from sandbox.engine.planning.steps import Step
from sandbox.engine.running.registrar import StepLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Something a watcher may show: a step began, or ended after `seconds`, or failed with `error`."""

    step: Step
    seconds: float | None = None
    error: str = ""


Watcher = Callable[[Progress], None]
"""Takes news of steps, from several threads."""


class RunContext:
    """The steps, watcher and cancellation of one update; safe to use from several threads."""

    def __init__(self, watch: Watcher, cancelled: threading.Event) -> None:
        """Show to `watch`; once `cancelled` is set no new step begins."""
        self.ledger = StepLog()
        self._watch = watch
        self._cancelled = cancelled

    def refuse_when_cancelled(self) -> None:
        """Raise InterruptedRunError once the run is to stop."""
        if self._cancelled.is_set():
            raise InterruptedRunError

    @contextmanager
    def reporting(self, step: Step) -> Iterator[None]:
        """Show that a step begins, and how it ended; not for a component, which is only a name."""
        if not step.is_real:
            yield
            return
        started = time.monotonic()
        self._watch(Progress(step=step))
        try:
            yield
        except Exception as error:
            self._watch(Progress(step=step, seconds=time.monotonic() - started, error=str(error)))
            raise
        self._watch(Progress(step=step, seconds=time.monotonic() - started))
