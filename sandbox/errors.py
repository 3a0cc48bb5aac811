"""The root of everything that the emulated AWS and its provider can refuse or fail at."""

from __future__ import annotations

from typing import ClassVar


class SandboxError(Exception):
    """A failure with words for the person in front of the terminal.

    `message` says what is wrong, lowercase and without a full stop; `hint` says what to do next.
    """

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotLoopbackError(SandboxError):
    """An endpoint that is not on this machine: the sandbox is for rehearsal, never for AWS."""

    bad_input = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            f"the endpoint `{endpoint}` is not on the loopback interface",
            hint="the sandbox only talks to this machine; to deploy to AWS run `pulumi up`",
        )
        self.endpoint = endpoint
