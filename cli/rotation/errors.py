"""Why something is not rotated."""

from __future__ import annotations

from cli.errors import CliError
from cli.options import env_flag


class RotationStuckError(CliError):
    """An earlier rotation of the secret has not ended."""

    def __init__(self, name: str, version: str, environment: str) -> None:
        super().__init__(
            f"an earlier rotation of `{name}` has not ended: version {version} is pending. "
            "The current value is untouched",
            hint=f"`myelin rotate secret {name} --repair{env_flag(environment)}` takes it back; "
            "the log of the rotation function says why it did not end",
        )
        self.version = version


class NotRotatedError(CliError):
    """A step of a rotation failed, or AWS refused it."""


class KeyLimitError(CliError):
    """A KMS key has been rotated on demand as often as KMS allows."""
