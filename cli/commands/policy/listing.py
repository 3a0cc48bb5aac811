"""`myelin policy list` and `myelin policy show`: what is published."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.policy.options import SetOption
from cli.options import EnvironmentArgument, EnvironmentOption, JsonOption, ProjectOption, chosen_environment
from cli.project import find_project
from cli.terminal.output import note, print_json, reported, say


def list_policies(
    environment: EnvironmentArgument = None,
    *,
    in_set: SetOption = "current",
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the published policies.

    With their effect, and the service and intent they are about; `*` stands for every one. Those marked
    `declared` follow from a service.toml.

    Examples:

        myelin policy list

        myelin policy list --in 3f2a9c1d --json
    """
    # only a run pays for what it imports
    from cli.policies.versions import connect, find_version  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        admin = connect(find_project(directory=project), env)
        version = find_version(admin, in_set)
        policies = list(admin.policies(version))
        if as_json:
            print_json({"version": version, "policies": [each.model_dump(mode="json") for each in policies]})
            return
        for each in sorted(policies, key=lambda policy: policy.id):
            about = f"{each.principal or '*'} {each.action or '*'}"
            declared = " (declared)" if each.declared else ""
            say(f"{each.id:<32} {each.effect:<6} {about:<20} {each.reason}{declared}")
        note(f"version {version}, {len(policies)} policies")


def show(
    policy: Annotated[str, typer.Argument(metavar="ID", help="The policy's `@id`.")],
    environment: EnvironmentArgument = None,
    *,
    in_set: SetOption = "current",
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a published policy as it is written.

    Examples:

        myelin policy show no-erase

        myelin policy show no-erase > no-erase.cedar
    """
    # only a run pays for what it imports
    from cli.policies.versions import connect, find_version  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        admin = connect(find_project(directory=project), env)
        version = find_version(admin, in_set)
        found = admin.policy(policy, version)
        if as_json:
            print_json({"version": version, **found.model_dump(mode="json")})
        else:
            say(found.text)
