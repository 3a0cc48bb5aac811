"""Where the files of a project come from: the commit of its Git repository, and the code of the program."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import components
import lambdas
import policies
import stacks

_PROGRAM = (components, lambdas, policies, stacks)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCommit:
    """A commit, and whether the files are as it has them; empty and None outside of a repository."""

    commit: str = ""
    clean: bool | None = None


def read_commit(root: Path) -> SourceCommit:
    """The commit of the repository that a folder belongs to. No Git and no repository is no failure."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return SourceCommit()
    changes = _git(root, "status", "--porcelain", "--", ".")
    return SourceCommit(commit=commit, clean=None if changes is None else not changes)


def hash_program() -> str:
    """A hash of the code that decides which resources there are, wherever it is installed."""
    found = hashlib.sha256()
    for package in _PROGRAM:
        for folder in map(Path, package.__path__):
            for path in sorted(folder.rglob("*.py")):
                content = path.read_bytes()
                name = f"{package.__name__}/{path.relative_to(folder).as_posix()}"
                found.update(f"{name} {len(content)}\0".encode() + content)
    return found.hexdigest()


def _git(root: Path, *arguments: str) -> str | None:
    # variables such as GIT_DIR, which hooks set, would have it answer for another repository
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607 - whichever Git people use
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
