"""What can be wrong with how the command is called."""

from __future__ import annotations

from typing import ClassVar


class OptionError(Exception):
    """An option, or an entry of the configuration, that cannot be meant.

    `message` is lowercase and without a full stop, `hint` says what to do next.
    """

    bad_input: ClassVar[bool] = True

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep message and hint apart."""
        super().__init__(message)
        self.message = message
        self.hint = hint
