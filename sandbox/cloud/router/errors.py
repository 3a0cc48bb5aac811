"""Errors of the router."""

from __future__ import annotations

from sandbox.errors import SandboxError


class RouterError(SandboxError):
    """Root of the errors about listeners and the mesh."""


class ListenerPortInUseError(RouterError):
    """Another program listens on the port that was asked for."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} is already in use",
            hint="stop the program that listens on it, or choose another port",
        )
        self.port = port
