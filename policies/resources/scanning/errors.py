"""Why checks cannot be run."""

from __future__ import annotations

from typing import ClassVar


class ScanError(Exception):
    """A scan that cannot begin; `message` is lowercase and without a full stop, `hint` says what to do."""

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str) -> None:
        """Keep message and hint apart."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class CheckovMissingError(ScanError):
    """Checkov is not installed, or not in a version that can be used."""

    def __init__(self, problem: str) -> None:
        """Say what failed; the hint says how to install it."""
        super().__init__(
            f"checkov cannot be used: {problem}",
            hint="install the check with what it needs: `pipx install myelin-check`, or `make setup` in a "
            "checkout of Myelin",
        )
