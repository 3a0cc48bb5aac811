"""What can keep a smoke test from being made. ECS rolls the deployment back: nothing was proven."""

from __future__ import annotations

from typing import ClassVar


class RolloutError(Exception):
    """A test that cannot be made; `message` says why."""

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep message and hint apart, so that the log has both."""
        super().__init__(message)
        self.message = message
        self.hint = hint
