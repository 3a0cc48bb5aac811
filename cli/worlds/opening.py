"""Opens the world where an environment lives: the only place that knows which worlds there are."""

from __future__ import annotations

from cli.environment import read_environment
from cli.project import Project
from cli.worlds.identities import require_identity_name
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.world import World
from sandbox.cloud.access.keys import OPERATOR


def open_world(project: Project, environment: str, identity: str | None = None) -> World:
    """The world of an environment, running or not; raises UsageError or StackSettingsError.

    Commands act in it as `identity`, by default its operator.
    """
    name = OPERATOR if identity is None else require_identity_name(identity)
    return SandboxWorld(project, read_environment(project, environment), identity=name)
