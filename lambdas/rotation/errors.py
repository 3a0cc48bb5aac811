"""What can keep a rotation from going on. Secrets Manager logs it, and tries the rotation again later."""

from __future__ import annotations

from typing import ClassVar


class RotationError(Exception):
    """A step that cannot be taken; `message` says why, without any part of a secret."""

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep message and hint apart, so that the log has both."""
        super().__init__(message)
        self.message = message
        self.hint = hint
