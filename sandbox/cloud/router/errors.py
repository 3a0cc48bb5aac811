"""What the router can refuse to do."""

from __future__ import annotations

from sandbox.errors import SandboxError


class RouterError(SandboxError):
    """Root of everything that goes wrong with listeners and the mesh."""


class ListenerPortInUseError(RouterError):
    """A fixed port that another program listens on."""

    def __init__(self, port: int) -> None:
        """Name the port."""
        super().__init__(
            f"port {port} is already in use",
            hint="stop the program that listens on it, or choose another port",
        )
        self.port = port
