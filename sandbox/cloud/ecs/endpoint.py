"""Where running tasks can be reached, and which revision of a service is asked."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEndpoint:
    """A task's id, and the loopback address that its container port is mapped to."""

    task_id: str
    port: int
    host: str = LOOPBACK

    @property
    def address(self) -> str:
        """`host:port`, as a URL's authority writes it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSplit:
    """A service's traffic between two of its revisions, where a name and not a rule leads to it.

    `production` has the names by which the healthy tasks of revisions are asked for, and their percentages;
    `test` is the name of the one that has the test traffic. An empty name has no tasks.
    """

    production: tuple[tuple[str, float], ...] = ()
    test: str = ""

    def choose(self, draw: float) -> str:
        """The name that a draw from [0, 1) falls on."""
        point = draw * sum(percent for _, percent in self.production)
        for name, percent in self.production:
            point -= percent
            if point < 0:
                return name
        return ""
