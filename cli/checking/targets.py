"""What a check looks at: stacks of the project run in process, or a document that Pulumi wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import UsageError
from cli.project import LAYERS, Project

if TYPE_CHECKING:
    from policies.resources.graph.values import Graph, Resource

PROGRAM_FOLDERS = ("components", "stacks")
"""Where the project's program is written, and so its suppressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Graphs by environment, and the program that made them.

    `stack` is the only one wanted of them, None for all. `root` is what locations are relative to, `folders`
    hold the program's files. `whole` says that the graphs are all that the program makes there; `platform`
    that the platform's own conventions hold in any case.
    """

    graphs: Mapping[str, tuple[Graph, ...]]
    stack: str | None
    root: Path
    folders: tuple[Path, ...]
    whole: bool
    platform: bool


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
    # only a run pays for Pulumi
    from cli.checking.recorded import record_environment  # noqa: PLC0415

    return Target(
        graphs={name: record_environment(project, name) for name in environments},
        stack=stack,
        root=project.root,
        folders=tuple(project.root / name for name in PROGRAM_FOLDERS),
        whole=stack is None,
        platform=True,
    )


def from_document(
    preview: Path | None, export: Path | None, *, program: Path | None, conventions: bool
) -> Target:
    """Read a preview or an export; raises GraphError."""
    from policies.resources.graph.export import read_export  # noqa: PLC0415
    from policies.resources.graph.preview import read_preview  # noqa: PLC0415

    if preview is not None:
        graph = read_preview(preview)
    else:
        assert export is not None  # noqa: S101 - the command has looked
        graph = read_export(export)
    root = (program or Path.cwd()).resolve()
    return Target(
        graphs={graph.stack: (_inside(graph, root),)},
        stack=None,
        root=root,
        folders=(root,),
        whole=True,
        platform=conventions,
    )


def _inside(graph: Graph, root: Path) -> Graph:
    """The graph with paths from the program's root on, where they were whole paths."""

    def relative(item: Resource) -> Resource:
        place = item.location
        if place is None or not Path(place.path).is_relative_to(root):
            return item
        path = Path(place.path).relative_to(root).as_posix()
        return replace(item, location=replace(place, path=path))

    return replace(graph, resources=tuple(map(relative, graph.resources)))
