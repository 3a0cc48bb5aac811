"""Runs blocking calls beside an event loop, and remembers them until they are done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Background:
    """Calls in threads of their own; to be used in one event loop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def run(self, call: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call in a thread; `then` gets what it returned, or the exception, in the event loop."""
        task = asyncio.get_running_loop().create_task(self._run(call, then))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, call: Callable[[], Any], then: Callable[[Any], None]) -> None:
        try:
            found = await asyncio.to_thread(call)
        except Exception as error:  # noqa: BLE001 - whoever asked says what it means
            then(error)
        else:
            then(found)
