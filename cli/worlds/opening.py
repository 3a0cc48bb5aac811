"""Opens the world where an environment lives: the only place that knows which worlds there are."""

from __future__ import annotations

from cli.environment import read_environment
from cli.project import Project
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.world import World


def open_world(project: Project, environment: str) -> World:
    """The world of an environment, running or not; raises UsageError or StackSettingsError."""
    return SandboxWorld(project, read_environment(project, environment))
