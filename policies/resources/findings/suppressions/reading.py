"""Reads the suppressions of all programs below some folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..values import Problem, Suppression
from . import brackets, python, yaml_programs
from .comments import MARK

_Reader = Callable[[str, str], Iterator[Suppression | Problem]]
_READERS: Mapping[str, _Reader] = {
    ".py": python.suppressions_in,
    ".yaml": yaml_programs.suppressions_in,
    ".yml": yaml_programs.suppressions_in,
    **dict.fromkeys(
        (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".go", ".java", ".cs"),
        brackets.suppressions_in,
    ),
}
"""What reads a program, by how its file's name ends."""
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "vendor", "venv"})


def read_suppressions(root: Path, folders: tuple[Path, ...]) -> tuple[Suppression | Problem, ...]:
    """Read every program below some folders; paths in the result are relative to `root`.

    Hidden folders and installed packages are left out. A program in YAML lies in the folder itself, or in the
    one that its Pulumi.yaml names as `main`.
    """
    found: list[Suppression | Problem] = []
    for path in sorted({path for folder in folders for path in _programs(folder)}):
        source = path.read_text(encoding="utf-8", errors="replace")
        if MARK in source:
            found.extend(_READERS[path.suffix](source, path.relative_to(root).as_posix()))
    return tuple(found)


def _programs(folder: Path) -> Iterator[Path]:
    yaml_folders = (folder, yaml_programs.main_folder(folder))
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not (name in _SKIPPED or name.startswith("."))]
        for path in (Path(place, name) for name in files if Path(name).suffix in _READERS):
            # a YAML file elsewhere is another program's, whose resources may have the same names
            if _READERS[path.suffix] is not yaml_programs.suppressions_in or path.parent in yaml_folders:
                yield path
