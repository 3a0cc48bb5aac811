"""The executable by which Pulumi's own engine deploys into a project's sandbox, and what it runs."""

from __future__ import annotations

import os
import shlex
import sys
from importlib.metadata import version
from pathlib import Path

from cli.project import Project
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.sandbox_host import STATES
from sandbox.cloud.access.peers import is_own_client

EXECUTABLE = "pulumi-resource-aws"
"""The name under which Pulumi looks for the plugin of the AWS provider, on the PATH first."""

_RUN = "from cli.entry import main; main()"


def write_executable(project: Project) -> Path:
    """Write the executable into the sandbox's folder; the folder to put on the PATH."""
    folder = project.sandbox / "pulumi"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / EXECUTABLE
    command = shlex.join(
        [sys.executable, "-P", "-c", _RUN, "sandbox", "provider", "--serve", "--project", str(project.root)]
    )
    place = f"MYELIN_SANDBOX_DIR={shlex.quote(str(project.sandbox))}"
    written = f"#!/bin/sh\n# made by `myelin sandbox provider`\n{place} exec {command}\n"
    temporary = file.with_suffix(f".{os.getpid()}")
    temporary.write_text(written, encoding="utf-8")
    temporary.chmod(0o755)
    temporary.replace(file)
    return folder


def state_folder(world: SandboxWorld) -> Path:
    """Where Pulumi keeps the states of what it deploys into this sandbox: they go when the sandbox goes."""
    folder = world.host.directory / STATES / world.host.incarnation / "pulumi"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def serve_plugin(world: SandboxWorld) -> None:
    """Serve Pulumi's engine until it ends; raises NotRunningError, and CredentialsFileError."""
    from sandbox.plugin.schema import schema  # noqa: PLC0415 - Pulumi and gRPC take a second
    from sandbox.plugin.server import serve  # noqa: PLC0415
    from sandbox.plugin.servicer import PluginServicer  # noqa: PLC0415
    from sandbox.provider.provider import AwsProvider  # noqa: PLC0415
    from sandbox.provider.registry import LOOKUPS, MAPPINGS  # noqa: PLC0415

    known = version("pulumi-aws")
    types = [mapping.resource_type() for mapping in MAPPINGS.values()]
    serve(
        PluginServicer(
            lambda region: AwsProvider(world.clients_in(region).connected),
            schema=schema(types, LOOKUPS, known),
            version=known,
        ),
        is_own_client,
    )
