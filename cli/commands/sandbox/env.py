"""`myelin sandbox env`: the variables by which other programs reach the sandbox."""

from __future__ import annotations

import shlex

from cli.command import command
from cli.session import Session
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.world import World
from sandbox.cloud.access.keys import CREDENTIALS, OPERATOR

UNSET = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE")
"""Variables of another AWS that would get in the way."""


@command(environment="argument", acts=True)
def env(session: Session) -> None:
    """Print the variables by which AWS's tools and SDKs reach the sandbox.

    They name its endpoint and the keys of its operator, or of the user of --as, and replace those of a real
    account.

    Examples:

        eval "$(myelin sandbox env)" && aws s3 ls

        myelin sandbox env --as ada

        myelin sandbox env --json
    """
    variables = _variables(session.world, session.acting_as or OPERATOR)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    session.write({"variables": variables, "unset": list(UNSET)}, [*lines, f"unset {' '.join(UNSET)}"])


def _variables(world: World, identity: str) -> dict[str, str]:
    assert isinstance(world, SandboxWorld), "there is no other world"  # noqa: S101
    region = world.environment.region
    return {
        "AWS_ENDPOINT_URL": world.endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **world.key.variables(),
        "AWS_SHARED_CREDENTIALS_FILE": str(world.host.directory / CREDENTIALS),
        "AWS_PROFILE": identity,
    }
