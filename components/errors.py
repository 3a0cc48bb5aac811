"""Root of the errors that components raise."""

from __future__ import annotations

from typing import ClassVar


class ComponentError(Exception):
    """Something that was asked of the components cannot be done.

    `message` says what is wrong, `hint` what to do next; both are lowercase sentences without a full stop.
    """

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str) -> None:
        """Keep message and hint apart, so that each surface can lay them out in its own way."""
        super().__init__(message)
        self.message = message
        self.hint = hint
