"""Root of the errors that components raise."""

from __future__ import annotations

from typing import ClassVar


class ComponentError(Exception):
    """A component cannot be planned or made as it was asked for.

    `message` says what is wrong, `hint` what to do next; both are lowercase and without a full stop.
    """

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
