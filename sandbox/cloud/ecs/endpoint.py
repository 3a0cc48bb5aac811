"""Where a running task can be reached."""

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
