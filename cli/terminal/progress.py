"""Shows a deployment as it goes, in plain lines; what any screen can do, and the words for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from cli.terminal.output import note
from sandbox.engine.planning.steps import Step
from sandbox.engine.running.progress import Progress

SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "read": "?", "same": " "}
VERBS = ("create", "update", "replace", "delete")


class Screen(Protocol):
    """Where a deployment shows what it does."""

    def stage(self, text: str) -> None:
        """Say what begins now."""
        ...

    def layer(self, name: str, total: int) -> None:
        """Begin a layer of `total` steps."""
        ...

    def step(self, layer: str, progress: Progress) -> None:
        """Take one step's news; called from several threads."""
        ...

    def paused(self) -> AbstractContextManager[None]:
        """Leave the terminal alone inside, for a question."""
        ...


class PlainScreen:
    """One line a stage and a finished step, for logs and CI."""

    def __init__(self, *, quiet: bool = False) -> None:
        """With `quiet`, say nothing."""
        self._quiet = quiet
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._totals: dict[str, int] = {}

    def stage(self, text: str) -> None:
        """Write the stage as a line."""
        if not self._quiet:
            note(text)

    def layer(self, name: str, total: int) -> None:
        """Begin counting."""
        self._totals[name], self._done[name] = total, 0

    def step(self, layer: str, progress: Progress) -> None:
        """Write a line for a step that ended; say what a long one waits for when it begins."""
        if self._quiet:
            return
        with self._lock:
            if progress.seconds is None:
                if _waits_for_tasks(progress.step):
                    note(f"  {layer}: waiting for {resource_label(progress.step)} to become steady")
                return
            self._done[layer] += 1
            count = f"{self._done[layer]:>3}/{self._totals[layer]}"
            outcome = _failure_text(progress) if progress.error else f"{progress.seconds:.2f} s"
            note(f"  {layer} {count} {SIGNS[progress.step.action]} {resource_label(progress.step)} {outcome}")

    def paused(self) -> AbstractContextManager[None]:
        """Nothing has to be left alone: a line is written and stays."""
        return nullcontext()


def resource_label(step: Step) -> str:
    """Name a resource as a reader of the plan looks for it: type and logical name."""
    return f"{step.type} {step.name}"


def format_counts(counts: Mapping[str, int], *, done: bool = False) -> str:
    """Say counts in a line: `31 to create, 2 to update`, or `31 created, 2 updated` once it is done."""
    named = [(counts[verb], verb) for verb in VERBS if counts.get(verb)]
    said = (f"{count} {verb}d" if done else f"{count} to {verb}" for count, verb in named)
    return ", ".join(said) or "no changes"


def _failure_text(progress: Progress) -> str:
    """What a step failed with; the line names its resource already."""
    named = f"`{progress.step.urn}`"
    return f"failed: {progress.error.replace(f' for {named}', '').replace(named, 'it')}"


def _waits_for_tasks(step: Step) -> bool:
    return step.type == "aws:ecs/service:Service" and step.action != "delete"
