"""`myelin policy drafts`, `activate` and `discard`: changes that wait for a second person."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import (
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    YesOption,
    chosen_environment,
)
from cli.project import find_project
from cli.terminal.output import confirm, note, print_json, reported, say

DraftArgument = Annotated[
    str, typer.Argument(metavar="DRAFT", help="The id that `myelin policy drafts` lists.")
]


def drafts(
    environment: EnvironmentArgument = None,
    *,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the changes that wait for somebody to activate them.

    `myelin policy diff current DRAFT` shows what one of them would decide otherwise.

    Examples:

        myelin policy drafts

        myelin policy drafts --json
    """
    # only a run pays for what it imports
    from cli.policies.versions import connect  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        found = connect(find_project(directory=project), env).drafts()
        if as_json:
            print_json([draft.model_dump(mode="json") for draft in found])
            return
        for draft in found:
            said = f"  {draft.note}" if draft.note else ""
            say(f"{draft.id}  {draft.at[:19]}  {draft.author}{said}")
            marks = (("-", draft.removed), ("+", draft.added), ("~", draft.replaced))
            say(f"    {' '.join(f'{mark}{name}' for mark, names in marks for name in names)}")
        if not found:
            note("no drafts")


def activate(
    draft: DraftArgument,
    environment: EnvironmentArgument = None,
    *,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make what a draft proposes current.

    Only while the version that it was made from still is. Where approval is required, somebody else than its
    author has to.

    Examples:

        myelin policy activate 7d1f0c9e-2b7a-4c55-9f60-0b6f6f6f2a10
    """
    # only a run pays for what it imports
    from cli.policies.change import show_result  # noqa: PLC0415
    from cli.policies.versions import connect  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        show_result(connect(find_project(directory=project), env).activate(_id(draft)), as_json=as_json)


def discard(
    draft: DraftArgument,
    environment: EnvironmentArgument = None,
    *,
    yes: YesOption = False,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a draft. Asks first.

    Examples:

        myelin policy discard 7d1f0c9e-2b7a-4c55-9f60-0b6f6f6f2a10 --yes
    """
    # only a run pays for what it imports
    from cli.policies.versions import connect  # noqa: PLC0415

    with reported(as_json=as_json):
        env = chosen_environment(environment, env)
        admin = connect(find_project(directory=project), env)
        name = _id(draft)
        confirm(f"forget the draft `{name}`", yes=yes)
        found = admin.discard(name)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            say(f"discarded {found.id}")


def _id(text: str) -> str:
    """The id of a draft, as a path may hold it. Raises UsageError."""
    import re  # noqa: PLC0415 - only a run pays for what it imports

    from cli.errors import UsageError  # noqa: PLC0415

    if not re.fullmatch(r"[0-9a-f-]{36}", text):
        raise UsageError(f"`{text}` is not the id of a draft", hint="list them with `myelin policy drafts`")
    return text
