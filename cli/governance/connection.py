"""Connects to the admin function of an environment."""

from __future__ import annotations

from cli.governance.admin import PolicyAdmin
from cli.project import Project


def connect(project: Project, environment: str) -> PolicyAdmin:
    """The admin function of an environment that runs. Raises NotRunningError or NotDeployedError."""
    project.require_environment(environment)
    from cli.deployment.sandbox import attach  # noqa: PLC0415

    attach(project)
    raise NotImplementedError
