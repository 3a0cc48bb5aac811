"""Shows a deployment as it goes: live bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from cli.terminal.output import note

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from sandbox.engine.planning.steps import Step
    from sandbox.engine.running.step_executor import Progress

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


class Plain:
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
                if _waits(progress.step):
                    note(f"  {layer}: waiting for {describe(progress.step)} to become steady")
                return
            self._done[layer] += 1
            count = f"{self._done[layer]:>3}/{self._totals[layer]}"
            outcome = _failure(progress) if progress.error else f"{progress.seconds:.2f} s"
            note(f"  {layer} {count} {SIGNS[progress.step.action]} {describe(progress.step)} {outcome}")


class Live:
    """A bar a layer, with the steps under way."""

    def __init__(self, bars: Bars) -> None:
        """Draw with rich's progress bars."""
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._under_way: dict[str, list[Step]] = {}
        self._lock = threading.Lock()

    def stage(self, text: str) -> None:
        """Write the stage above the bars."""
        self._bars.console.print(text, highlight=False)

    def layer(self, name: str, total: int) -> None:
        """Add a bar."""
        self._under_way[name] = []
        self._tasks[name] = self._bars.add_task(name, total=total, now="")

    def step(self, layer: str, progress: Progress) -> None:
        """Move the bar, and name what is under way."""
        with self._lock:
            under_way = self._under_way[layer]
            if progress.seconds is None:
                under_way.append(progress.step)
            else:
                under_way.remove(progress.step)
                self._bars.advance(self._tasks[layer])
            now = ", ".join(_short(step) for step in under_way[:2])
            self._bars.update(self._tasks[layer], now=now)


@contextmanager
def screen(*, quiet: bool) -> Iterator[Screen]:
    """Open the screen that fits where stderr goes."""
    if quiet or not sys.stderr.isatty():
        yield Plain(quiet=quiet)
        return
    # rich costs time to import, and most commands draw nothing
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (
        TextColumn("  {task.description:<11}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}", style="dim"),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield Live(bars)


def describe(step: Step) -> str:
    """Name a resource as a reader of the plan looks for it: type and logical name."""
    return f"{step.type} {step.name}"


def counted(counts: Mapping[str, int], *, done: bool = False) -> str:
    """Say counts in a line: `31 to create, 2 to update`, or `31 created, 2 updated` once it is done."""
    named = [(counts[verb], verb) for verb in VERBS if counts.get(verb)]
    said = (f"{count} {verb}d" if done else f"{count} to {verb}" for count, verb in named)
    return ", ".join(said) or "no changes"


def _short(step: Step) -> str:
    return f"{SIGNS[step.action]} {step.type.rsplit(':', 1)[-1]} {step.name}"


def _failure(progress: Progress) -> str:
    """What a step failed with; the line names its resource already."""
    named = f"`{progress.step.urn}`"
    return f"failed: {progress.error.replace(f' for {named}', '').replace(named, 'it')}"


def _waits(step: Step) -> bool:
    return step.type == "aws:ecs/service:Service" and step.action != "delete"
