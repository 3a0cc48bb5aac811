"""What a check looks at: stacks of the project run in process, or a document that Pulumi wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import UsageError
from cli.project import LAYERS, Project

if TYPE_CHECKING:
    from policies.graph.values import Graph

PROGRAM_FOLDERS = ("components", "stacks")
"""Where the project's program is written, and so its suppressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Graphs by environment, and the program that made them.

    `root` is what locations are relative to, `folders` hold the program's files. `whole` says that the graphs
    are all that the program makes there; `platform` that the platform's own conventions hold in any case.
    """

    graphs: tuple[tuple[str, Graph], ...]
    root: Path
    folders: tuple[Path, ...]
    whole: bool
    platform: bool


def choose_stacks(project: Project, environments: Sequence[str], stack: str | None) -> dict[str, str | None]:
    """The environments to check, each with the one stack wanted of it or None for all; raises UsageError."""
    if stack is None:
        names = environments or project.environments()
        if not names:
            raise UsageError("there are no environments here", hint=f"add stack files to {project.config}")
        return {project.require_environment(name): None for name in names}
    known = [f"{name}-{layer}" for name in project.environments() for layer in LAYERS]
    if stack not in known:
        raise UsageError(
            f"there is no stack `{stack}`", hint=f"stacks here are {', '.join(f'`{name}`' for name in known)}"
        )
    return {stack.rpartition("-")[0]: stack}


def from_stacks(project: Project, chosen: dict[str, str | None]) -> Target:
    """Run stacks of the project in process; raises whatever the program raises about what people wrote."""
    # only a run pays for Pulumi
    from cli.checking.recorded import record_environment  # noqa: PLC0415

    graphs = [
        (environment, graph)
        for environment, stack in chosen.items()
        for graph in record_environment(project, environment)
        if stack is None or graph.stack == stack
    ]
    return Target(
        graphs=tuple(graphs),
        root=project.root,
        folders=tuple(project.root / name for name in PROGRAM_FOLDERS),
        whole=not any(chosen.values()),
        platform=True,
    )


def from_document(
    preview: Path | None, export: Path | None, *, program: Path | None, conventions: bool
) -> Target:
    """Read a preview or an export; raises GraphError."""
    from policies.graph.export import read_export  # noqa: PLC0415
    from policies.graph.preview import read_preview  # noqa: PLC0415

    if preview is not None:
        graph = read_preview(preview)
    else:
        assert export is not None  # noqa: S101 - the command has looked
        graph = read_export(export)
    root = (program or Path.cwd()).resolve()
    return Target(
        graphs=((graph.stack, graph),), root=root, folders=(root,), whole=True, platform=conventions
    )
