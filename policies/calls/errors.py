"""The root of the errors of this package; each layer has an `errors.py` with those that it raises."""

from __future__ import annotations

from typing import ClassVar


class GovernanceError(Exception):
    """`message` is lowercase and without a full stop, `hint` says what to do next."""

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
