"""The stacks of the project as what a check looks at, run in process."""

from __future__ import annotations

from collections.abc import Sequence

from cli.errors import UsageError
from cli.project import LAYERS, Project
from policies.resources.command.targets import Target

PROGRAM_FOLDERS = ("components", "stacks")
"""Where the project's program is written, and so its suppressions."""


def choose_environments(project: Project, environments: Sequence[str], stack: str | None) -> tuple[str, ...]:
    """The environments to run: those named, that of the stack, or all there are. Raises UsageError."""
    if stack is not None:
        known = {f"{name}-{layer}": name for name in project.environments() for layer in LAYERS}
        if stack not in known:
            named = ", ".join(f"`{name}`" for name in known) or "none"
            raise UsageError(f"there is no stack `{stack}`", hint=f"stacks here are {named}")
        return (known[stack],)
    names = tuple(dict.fromkeys(environments)) or project.environments()
    if not names:
        raise UsageError("there are no environments here", hint=f"add stack files to {project.config}")
    return tuple(map(project.require_environment, names))


def from_stacks(project: Project, environments: Sequence[str], stack: str | None) -> Target:
    """Run stacks of the project in process; raises whatever the program raises about what people wrote.

    The layers above and below a stack that is wanted alone are run with it, for what connects them.
    """
    # it imports Pulumi, which takes most of a second; documents of a preview are checked without it
    from cli.checking.recorded import record_environment  # noqa: PLC0415

    return Target(
        graphs={name: record_environment(project, name) for name in environments},
        stack=stack,
        root=project.root,
        folders=tuple(project.root / name for name in PROGRAM_FOLDERS),
        whole=stack is None,
        platform=True,
    )
