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
            hint="install it beside myelin: in a checkout with `make setup`, elsewhere with "
            "`uv pip install --override overrides.txt 'checkov>=3.3.30'`, where overrides.txt has the lines "
            "`boto3>=1.44` and `packaging>=24`, because checkov asks for old ones",
        )
