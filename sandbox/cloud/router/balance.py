"""Chooses the task for a request, and counts the requests that each task has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager

from sandbox.cloud.ecs.endpoint import TaskEndpoint

MOST_REMEMBERED = 1000
"""Tasks whose last turn is remembered."""


class Balancer:
    """Chooses by least outstanding requests, and round robin among equals.

    To be used in one thread; only `in_flight` may be called from others.
    """

    def __init__(self) -> None:
        self._open: Counter[TaskEndpoint] = Counter()
        self._turn = 0
        self._last: dict[TaskEndpoint, int] = {}

    def choose(
        self, endpoints: Sequence[TaskEndpoint], tried: Container[TaskEndpoint] = ()
    ) -> TaskEndpoint | None:
        """Choose a task among those not tried yet; None if there is none."""
        left = [endpoint for endpoint in endpoints if endpoint not in tried]
        if not left:
            return None
        fewest = min(self._open[endpoint] for endpoint in left)
        idle = [endpoint for endpoint in left if self._open[endpoint] == fewest]
        # whose last turn was longest ago: one counter for all services would favour some tasks
        chosen = min(idle, key=lambda endpoint: self._last.get(endpoint, 0))
        self._turn += 1
        self._last.pop(chosen, None)
        self._last[chosen] = self._turn
        if len(self._last) > MOST_REMEMBERED:
            del self._last[next(iter(self._last))]
        return chosen

    @contextmanager
    def count_request(self, endpoint: TaskEndpoint) -> Iterator[None]:
        """Count a request as open while the block runs."""
        self._open[endpoint] += 1
        try:
            yield
        finally:
            self._open[endpoint] -= 1
            if not self._open[endpoint]:
                del self._open[endpoint]

    def in_flight(self, endpoint: TaskEndpoint) -> int:
        """How many requests are open on a task."""
        return self._open.get(endpoint, 0)
