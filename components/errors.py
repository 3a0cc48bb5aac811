"""Root of the errors that components raise."""

from __future__ import annotations


class ComponentError(Exception):
    """Something that was asked of the components can not be done.

    `message` says what is wrong, `hint` what to do next; both are lowercase sentences without a full stop.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        """Keep message and hint apart, so that each surface can lay them out in its own way."""
        super().__init__(f"{message}: {hint}")
        self.message = message
        self.hint = hint
