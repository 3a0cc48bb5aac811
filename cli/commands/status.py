"""`myelin status`: how an environment stands."""

from __future__ import annotations

from cli.options import EnvironmentArgument, JsonOption, ProjectOption
from cli.output import print_json, reported, say
from cli.project import DEFAULT_ENVIRONMENT, find_project


def status(
    env: EnvironmentArgument = DEFAULT_ENVIRONMENT,
    *,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how an environment stands.

    Layers, services (desired, running, healthy), addresses and the policy version.

    Examples:

        myelin status

        myelin status dev --json
    """
    # only a run pays for what it imports
    from cli.deployment.inputs import read_region  # noqa: PLC0415
    from cli.deployment.report import standing_document, standing_lines  # noqa: PLC0415
    from cli.deployment.sandbox import attach  # noqa: PLC0415
    from cli.deployment.standing import read_standing  # noqa: PLC0415
    from cli.errors import NotRunningError  # noqa: PLC0415

    with reported(as_json=as_json):
        found = find_project(directory=project)
        region = read_region(found, env)
        try:
            standing = read_standing(attach(found, region=region), env)
        except NotRunningError as error:
            if as_json:
                print_json({"environment": env, "running": False})
            else:
                say(f"{error.message}; {error.hint}")
            return
        if as_json:
            print_json({"running": True, **standing_document(standing)})
        else:
            for line in standing_lines(standing):
                say(line)
