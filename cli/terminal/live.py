"""Draws a deployment as it goes on a terminal: a bar a layer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Column

from cli.terminal.progress import SIGNS
from cli.terminal.styling import shown
from sandbox.engine.planning.steps import Step
from sandbox.engine.running.progress import Progress

_WIDE = 100
"""From this width on there is room for a long bar beside the steps under way."""


class LiveScreen:
    """A bar a layer, with the steps under way."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._under_way: dict[str, list[Step]] = {}
        self._lock = threading.Lock()

    def stage(self, text: str) -> None:
        """Write the stage above the bars."""
        self._bars.console.print(shown(text), highlight=False, markup=False)

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
    def paused(self) -> Iterator[None]:
        """Leave the terminal alone inside, for a question."""
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()


@contextmanager
def live() -> Iterator[LiveScreen]:
    """Draw on stderr, as wide as it is."""
    console = Console(stderr=True)
    columns = (
        TextColumn("  {task.description:<11}"),
        BarColumn(bar_width=28 if console.width >= _WIDE else 10),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(
            "{task.fields[now]}", style="dim", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
        ),
    )
    with Bars(*columns, console=console, expand=True) as bars:
        yield LiveScreen(bars)


def _short(step: Step) -> str:
    return shown(f"{SIGNS[step.action]} {step.type.rsplit(':', 1)[-1]} {step.name}")
