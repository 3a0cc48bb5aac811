"""What can go wrong when the emulator starts."""

from __future__ import annotations

from sandbox.errors import SandboxError


class EmulatorError(SandboxError):
    """A failure of the emulated AWS itself."""


class PortInUseError(EmulatorError):
    """The port that was asked for belongs to another process."""

    bad_input = True

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port `{port}` on 127.0.0.1 is in use",
            hint="choose another port, or leave it out and a free one is taken",
        )
        self.port = port


class PortNotAllowedError(EmulatorError):
    """The operating system does not let this user listen on the port."""

    bad_input = True

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on port `{port}` of 127.0.0.1: {reason.lower()}",
            hint="choose a port above 1023, or leave it out and a free one is taken",
        )
        self.port = port
