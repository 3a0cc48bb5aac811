"""Where a finding's line lies in the repository, for tools that show it there.

Pulumi says places relative to the project, or as whole paths of the machine that ran the program. Code
scanning wants paths from the root of the repository, and one for every result.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..graph.values import Location

PROJECT_FILE = "Pulumi.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """A line of a file, by its path from the repository's root.

    `exact` says that it is the line that made the resource; otherwise it is the project's own file.
    """

    path: str
    line: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePaths:
    """Finds places: `program` is the program's folder by its path from the root, empty for the root itself.

    `root` is the whole path of the repository's root. `has_file` says whether the repository has a file.
    """

    root: str = "/"
    program: str = ""
    has_file: Callable[[str], bool] = lambda _path: False

    def place(self, location: Location | None) -> SourcePlace:
        """The place of a location; the project's file where the location is none in the repository."""
        path = None if location is None else self._find(location.path)
        if location is None or path is None:
            return SourcePlace(path=self._inside(PROJECT_FILE) or PROJECT_FILE, line=1, exact=False)
        return SourcePlace(path=path, line=max(1, location.line), exact=True)

    def _find(self, path: str) -> str | None:
        posix = path.replace("\\", "/")
        if not _is_whole(posix):
            return self._inside(posix) or self._by_its_end(posix)
        root = self.root.rstrip("/") + "/"
        return posix.removeprefix(root) if posix.startswith(root) else self._by_its_end(posix)

    def _inside(self, path: str) -> str | None:
        """A path from the program's folder on, as one from the root; None where it leads out of it."""
        joined = os.path.normpath(f"{self.program}/{path}" if self.program else path).replace("\\", "/")
        return None if joined == ".." or joined.startswith(("../", "/")) else joined

    def _by_its_end(self, path: str) -> str | None:
        """The file with the longest part of the path at its end that the program's folder has."""
        parts = [part for part in PurePosixPath(path).parts if part not in ("..", "/")]
        for start in range(len(parts)):
            found = self._inside("/".join(parts[start:]))
            if found is not None and self.has_file(found):
                return found
        return None


def _is_whole(path: str) -> bool:
    return path.startswith("/") or path[1:3] == ":/"
