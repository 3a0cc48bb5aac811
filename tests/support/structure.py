"""Looks at the shape of the code: folders, sizes, and what tests import. `python -m tests.support.structure`.

tests/documents/test_structure.py holds the code to it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from tests.support.paths import ROOT

MODULES_IN_A_FOLDER = 15
LINES_IN_A_MODULE = 350
TIERS = ("unit", "world")
LISTS_OF_LIKE_THINGS = ("cli/commands", "cli/commands/policy", "sandbox/provider/resources")


@cache
def modules() -> tuple[PurePosixPath, ...]:
    """Every Python file that git knows or would take, below the project's folder."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(PurePosixPath(name) for name in sorted(listed.stdout.split()) if (ROOT / name).exists())


@cache
def imports(module: PurePosixPath) -> frozenset[str]:
    """Dotted names that a module imports, at its top or anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return frozenset(found)


def dotted(module: PurePosixPath) -> str:
    """`cli/main.py` -> `cli.main`."""
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


def full_folders() -> Iterator[str]:
    """Folders with more modules than a reader takes in at a glance."""
    counted = Counter(str(module.parent) for module in modules() if module.name != "__init__.py")
    for folder, count in sorted(counted.items()):
        if count > MODULES_IN_A_FOLDER and not folder.endswith(LISTS_OF_LIKE_THINGS):
            yield f"{folder}: {count} modules, at most {MODULES_IN_A_FOLDER}"


def long_modules() -> Iterator[str]:
    """Modules that have more than one reason to exist, or soon will."""
    for module in modules():
        lines = len((ROOT / module).read_text(encoding="utf-8").splitlines())
        if lines > LINES_IN_A_MODULE:
            yield f"{module}: {lines} lines, at most {LINES_IN_A_MODULE}"


def tests_that_import_tests() -> Iterator[str]:
    """What several tests need stands in tests/support."""
    collected = {dotted(module) for module in modules() if is_test(module) or module.name == "conftest.py"}
    for module in modules():
        if module.parts[0] == "tests":
            for name in sorted(imports(module) & collected):
                yield f"{module} imports {name}"


def untested_modules() -> Iterator[str]:
    """Modules that no test of their own folder imports: a reader looks for their tests in vain."""
    tested: dict[str, set[str]] = {}
    for module in modules():
        if is_test(module) and module.parts[1] in TIERS:
            tested.setdefault("/".join(module.parent.parts[2:]), set()).update(imports(module))
    for module in modules():
        code = module.parts[0] != "tests" and module.name not in ("__init__.py", "__main__.py")
        if code and dotted(module) not in tested.get(str(module.parent), set()):
            yield str(module)


def is_test(module: PurePosixPath) -> bool:
    """Whether pytest collects the file."""
    return module.parts[0] == "tests" and module.name.startswith("test_")


def main() -> None:
    """Print everything that is out of shape, below the folders that are named (or all)."""
    wanted = tuple(str(Path(name)) for name in sys.argv[1:])
    for check in (full_folders, long_modules, tests_that_import_tests, untested_modules):
        for line in check():
            if not wanted or any(part in line for part in wanted):
                sys.stdout.write(f"{check.__name__}: {line}\n")


if __name__ == "__main__":
    main()
