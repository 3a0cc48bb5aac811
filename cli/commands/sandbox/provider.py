"""`myelin sandbox provider`: the sandbox as a plugin of Pulumi."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from cli.command import command
from cli.session import Session
from cli.worlds.plugin import EXECUTABLE, serve_plugin, state_folder, write_executable
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.world import LocalChoices

UNSET = ("PULUMI_IGNORE_AMBIENT_PLUGINS", "PULUMI_ACCESS_TOKEN")
"""Variables with which Pulumi would pass the plugin over, or keep its states elsewhere."""


@command(environment="argument")
def provider(
    session: Session,
    *,
    serve: Annotated[bool, typer.Option("--serve", hidden=True, help="Serve the engine.")] = False,
) -> None:
    """Print the variables by which Pulumi's own engine deploys into the sandbox.

    Starts the sandbox if none runs, and writes the executable `pulumi-resource-aws` into its folder. In a
    shell with these variables `pulumi up`, `preview`, `refresh`, `import` and `destroy` work on the sandbox,
    with states of their own in its folder. Deploy an environment with `pulumi` or with `myelin up`, not with
    both.

    Examples:

        eval "$(myelin sandbox provider)" && pulumi stack init dev-foundation && pulumi up -s dev-foundation

        myelin sandbox provider --json
    """
    world = session.world
    assert isinstance(world, SandboxWorld), "only a sandbox is a plugin"  # noqa: S101
    if serve:
        serve_plugin(world)
        return
    with world.deploying(LocalChoices()):
        folder = write_executable(session.project)
    variables = {
        "PULUMI_BACKEND_URL": f"file://{state_folder(world)}",
        "PULUMI_CONFIG_PASSPHRASE": "",
    }
    lines = [
        f'export PATH={shlex.quote(str(folder))}:"$PATH"',
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        f"unset {' '.join(UNSET)}",
    ]
    document = {
        "executable": str(folder / EXECUTABLE),
        "path": str(folder),
        "variables": variables,
        "unset": list(UNSET),
    }
    session.write(document, lines)
