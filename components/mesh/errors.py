"""Errors of choosing a mesh."""

from __future__ import annotations

from components.errors import ComponentError

APP_MESH_ENDED = "2026-09-30"
"""AWS ended support for App Mesh on this day: https://docs.aws.amazon.com/app-mesh/latest/userguide/what-is-app-mesh.html"""


class MeshEndedError(ComponentError):
    """A back end that AWS no longer runs."""

    def __init__(self) -> None:
        super().__init__(
            f"the mesh `app-mesh` cannot be deployed, AWS ended App Mesh on {APP_MESH_ENDED}",
            hint="set `myelin:mesh` to `service-connect`, which is what AWS points to, "
            "or `myelin:meshAllowEnded` to `true`",
        )


class MeshUnavailableError(ComponentError):
    """A back end that is declared, but whose resources do not exist yet."""

    def __init__(self) -> None:
        super().__init__(
            "the mesh `app-mesh` has no resources in this version",
            hint="set `myelin:mesh` to `service-connect`",
        )
