"""What a run looks at: graphs, and where the program that made them lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..graph.export import read_export
from ..graph.preview import read_preview
from ..graph.text import STDIN
from ..graph.values import Graph, Resource
from .errors import OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Graphs by environment, and the program that made them.

    `stack` is the only one wanted of them, None for all. `root` is what locations are relative to, `folders`
    hold the program's files. `whole` says that the graphs are all that the program makes there; `platform`
    that the platform's own conventions hold in any case.
    """

    graphs: Mapping[str, tuple[Graph, ...]]
    root: Path
    folders: tuple[Path, ...]
    stack: str | None = None
    whole: bool = True
    platform: bool = False


def from_documents(
    previews: Sequence[Path], exports: Sequence[Path], *, program: Path | None, conventions: bool
) -> Target:
    """Read previews and exports, which are one plan together; raises GraphError and OptionError."""
    paths = [*previews, *exports]
    if paths.count(STDIN) > 1:
        raise OptionError("standard input is read once", hint="give one of the documents as a file")
    root = (program or Path.cwd()).resolve()
    graphs = [*map(read_preview, previews), *map(read_export, exports)]
    _refuse_twice(graphs, paths)
    named = tuple(_inside(graph, root) for graph in _told_apart(graphs))
    return Target(
        graphs={", ".join(graph.stack for graph in named): named},
        root=root,
        folders=(root,),
        platform=conventions,
    )


def _refuse_twice(graphs: Sequence[Graph], paths: Sequence[Path]) -> None:
    seen: dict[tuple[str, str], Path] = {}
    for graph, path in zip(graphs, paths, strict=True):
        first = seen.setdefault((graph.project, graph.stack), path)
        if first is not path and graph.resources:
            raise OptionError(
                f"`{first}` and `{path}` are both of the stack `{graph.stack}`", hint="give one of them"
            )


def _told_apart(graphs: Sequence[Graph]) -> Sequence[Graph]:
    """Graphs of stacks that are called alike in several projects have the project in their name."""
    names = [graph.stack for graph in graphs]
    return [
        replace(graph, stack=f"{graph.project}/{graph.stack}") if names.count(graph.stack) > 1 else graph
        for graph in graphs
    ]


def _inside(graph: Graph, root: Path) -> Graph:
    """The graph with paths from the program's root on, where they were whole paths."""

    def relative(item: Resource) -> Resource:
        place = item.location
        if place is None or not Path(place.path).is_relative_to(root):
            return item
        path = Path(place.path).relative_to(root).as_posix()
        return replace(item, location=replace(place, path=path))

    return replace(graph, resources=tuple(map(relative, graph.resources)))
