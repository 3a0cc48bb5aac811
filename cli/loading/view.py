"""Shows a load as it goes, on stderr: a bar on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.loading.answers import DONE, Answered, latency_of
from cli.terminal.output import dumb_terminal, note

EVERY_SECONDS = 5.0
"""Between two lines."""

LATEST = 500
"""Requests whose latency is shown."""


class Tally:
    """What has come so far; `text` says it in one line."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._latest: deque[float] = deque(maxlen=LATEST)
        self.count = 0

    def add(self, answered: Answered) -> None:
        """Take one answer."""
        self.count += 1
        self._outcomes[answered.outcome] += 1
        if answered.outcome == DONE:
            self._latest.append(1000 * answered.seconds)

    def text(self) -> str:
        """Counts by outcome, and the median of the latest."""
        counts = ", ".join(f"{outcome}: {count}" for outcome, count in self._outcomes.most_common(4))
        latency = latency_of(list(self._latest))
        return counts + (f", {latency.p50:.0f} ms" if latency else "")


@contextmanager
def watched(total: int, *, quiet: bool) -> Iterator[Callable[[Answered], None]]:
    """What is yielded hears of each answer; with `quiet` nothing is shown."""
    tally = Tally()
    if quiet:
        yield tally.add
    elif sys.stderr.isatty() and not dumb_terminal():
        with _bar(tally, total) as heard:
            yield heard
    else:
        yield _lines(tally, total)


@contextmanager
def _bar(tally: Tally, total: int) -> Iterator[Callable[[Answered], None]]:
    # rich takes long to import, and a load with --json does not need it
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (BarColumn(28), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("", total=total)

        def heard(answered: Answered) -> None:
            tally.add(answered)
            bars.update(task, completed=tally.count, description=tally.text())

        yield heard


def _lines(tally: Tally, total: int) -> Callable[[Answered], None]:
    due = time.monotonic() + EVERY_SECONDS

    def heard(answered: Answered) -> None:
        nonlocal due
        tally.add(answered)
        if time.monotonic() >= due:
            due = time.monotonic() + EVERY_SECONDS
            note(f"{tally.count}/{total}  {tally.text()}")

    return heard
